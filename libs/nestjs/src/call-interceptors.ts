import type { ServiceInstance } from '@grpc-discovery/registry';
import type { Interceptor, ServerInterceptor } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';

export type ClientInterceptorFactory = (service: string) => Interceptor;
export type ServedInstance = Pick<ServiceInstance, 'id' | 'service'>;
export type ServerInterceptorFactory = (instance: ServedInstance) => ServerInterceptor;

/** Interceptors of every client and server of the application, which other modules add. Without any, calls pay nothing. */
@Injectable()
export class CallInterceptors {
  private readonly clientFactories: ClientInterceptorFactory[] = [];
  private readonly serverFactories: ServerInterceptorFactory[] = [];
  private readonly clients = new Map<string, Interceptor[]>();

  /** For all clients, those included that exist. */
  addToClients(factory: ClientInterceptorFactory): void {
    this.clientFactories.push(factory);
    for (const [service, interceptors] of this.clients) interceptors.push(factory(service));
  }

  /** For servers that listen from now on. */
  addToServers(factory: ServerInterceptorFactory): void {
    this.serverFactories.push(factory);
  }

  /** grpc-js reads the array anew for each call, so that it may grow after the client was made. */
  ofClient(service: string): Interceptor[] {
    const known = this.clients.get(service);
    if (known) return known;
    const interceptors = this.clientFactories.map((create) => create(service));
    this.clients.set(service, interceptors);
    return interceptors;
  }

  ofServer(instance: ServedInstance): ServerInterceptor[] {
    return this.serverFactories.map((create) => create(instance));
  }
}
