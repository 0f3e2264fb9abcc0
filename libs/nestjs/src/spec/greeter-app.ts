import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { Controller, Injectable, Module, type OnModuleDestroy, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, GrpcStreamMethod } from '@nestjs/microservices';
import { map, NEVER, type Observable } from 'rxjs';
import { DiscoveryModule } from '../discovery.module.js';
import type { DiscoveryModuleOptions } from '../discovery.options.js';
import { discoverable, type DiscoverableOptions } from '../server/discoverable.js';
import { LocalInstances } from '../server/local-instances.js';

/** What a handler must never meet closed. */
@Injectable()
export class Database implements OnModuleDestroy {
  isOpen = true;

  onModuleDestroy(): void {
    this.isOpen = false;
  }
}

/** Calls that wait until a spec lets them go on. */
@Injectable()
export class Gate {
  private release: (() => void) | undefined;
  private readonly arrivals: (() => void)[] = [];
  waiting = 0;

  /** Resolves when a call waits. */
  async arrival(): Promise<void> {
    if (this.waiting === 0) await new Promise<void>((resolve) => this.arrivals.push(resolve));
  }

  async pass(): Promise<void> {
    this.waiting += 1;
    for (const arrived of this.arrivals.splice(0)) arrived();
    await new Promise<void>((resolve) => (this.release = resolve));
    this.waiting -= 1;
  }

  open(): void {
    this.release?.();
  }
}

@Controller()
export class GreeterController {
  constructor(
    private readonly database: Database,
    private readonly gate: Gate,
    private readonly instances: LocalInstances,
  ) {}

  @GrpcMethod('Greeter', 'SayHello')
  async sayHello({ name }: HelloRequest): Promise<HelloReply> {
    if (name === 'slow') await this.gate.pass();
    return {
      message: `Hello ${name}, database ${this.database.isOpen ? 'open' : 'closed'}`,
      instanceId: this.instances.all[0]?.id ?? '',
    };
  }

  @GrpcMethod('Greeter', 'SayHelloStreamReply')
  sayHelloStreamReply(): Observable<HelloReply> {
    return NEVER;
  }

  @GrpcStreamMethod('Greeter', 'SayHelloBidiStream')
  sayHelloBidiStream(requests: Observable<HelloRequest>): Observable<HelloReply> {
    return requests.pipe(map(({ name }) => ({ message: `Hello ${name}`, instanceId: '' })));
  }
}

export type OptionsWithoutRegistry = Omit<DiscoveryModuleOptions, 'etcd' | 'registry'>;

/** A root module of a greeter. */
export function greeterModuleWith(options: DiscoveryModuleOptions): Type {
  @Module({
    imports: [DiscoveryModule.forRoot(options)],
    controllers: [GreeterController],
    providers: [Database, Gate],
  })
  class GreeterModule {}
  return GreeterModule;
}

/** A root module of a greeter that registers in a store. */
export function greeterModule(store: MemoryStore, options: OptionsWithoutRegistry = {}): Type {
  return greeterModuleWith({
    registry: createMemoryRegistry(store),
    service: { name: 'greeter' },
    drain: { propagationMs: 20, graceMs: 700 },
    ...options,
  });
}

/** A greeter that listens. */
export async function startGreeter(
  store: MemoryStore,
  options: OptionsWithoutRegistry = {},
  server: Partial<DiscoverableOptions> = {},
) {
  const app = await NestFactory.createMicroservice(greeterModule(store, options), {
    logger: false,
    ...discoverable({ ...greeterProto, url: '127.0.0.1:0', ...server }),
  });
  await app.listen();
  return app;
}
