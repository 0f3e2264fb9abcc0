import type { ServiceInstance } from '@grpc-discovery/registry';
import type { Interceptor, ServerInterceptor } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';

export type ClientInterceptorFactory = (service: string) => Interceptor;
export type ServedInstance = Pick<ServiceInstance, 'id' | 'service'>;
export type ServerInterceptorFactory = (instance: ServedInstance) => ServerInterceptor;

interface ServiceInterceptors {
  /** One of each factory, for all clients of the service. */
  readonly common: Interceptor[];
  /** Clients that have their own interceptors. */
  readonly clients: { readonly own: readonly Interceptor[]; readonly all: Interceptor[] }[];
}

/** Interceptors of every client and server of the application, which other modules add. Without any, calls cost nothing extra. */
@Injectable()
export class CallInterceptors {
  private readonly clientFactories: ClientInterceptorFactory[] = [];
  private readonly serverFactories: ServerInterceptorFactory[] = [];
  private readonly services = new Map<string, ServiceInterceptors>();

  /** For all clients, existing ones included. */
  addToClients(factory: ClientInterceptorFactory): void {
    this.clientFactories.push(factory);
    for (const [service, { common, clients }] of this.services) {
      common.push(factory(service));
      for (const { own, all } of clients) all.splice(0, all.length, ...common, ...own);
    }
  }

  /** For servers that listen from now on. */
  addToServers(factory: ServerInterceptorFactory): void {
    this.serverFactories.push(factory);
  }

  /**
   * The interceptors of all clients, which see a call first, followed by the client's own. grpc-js reads the array for each
   * call, so that it can grow after the client was created.
   */
  ofClient(service: string, own: readonly Interceptor[] = []): Interceptor[] {
    const { common, clients } = this.ofService(service);
    if (own.length === 0) return common;
    const all = [...common, ...own];
    clients.push({ own, all });
    return all;
  }

  ofServer(instance: ServedInstance): ServerInterceptor[] {
    return this.serverFactories.map((create) => create(instance));
  }

  private ofService(service: string): ServiceInterceptors {
    const known = this.services.get(service);
    if (known) return known;
    const common = this.clientFactories.map((create) => create(service));
    const made = { common, clients: [] };
    this.services.set(service, made);
    return made;
  }
}
