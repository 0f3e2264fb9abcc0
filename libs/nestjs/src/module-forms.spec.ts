import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import {
  createMemoryRegistry,
  InvalidOptionError,
  MemoryStore,
  type Registry,
} from '@grpc-discovery/registry';
import { describe, expect, it } from '@jest/globals';
import { type DynamicModule, Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry as MetricsRegistry } from 'prom-client';
import { BalancedClient } from './client/balanced-client.decorator.js';
import { Call } from './client/call.decorator.js';
import type { UnaryCall } from './client/call-types.js';
import { GrpcClients } from './client/grpc-clients.js';
import { DiscoveryModule } from './discovery.module.js';
import type { DiscoveryOptionsFactory } from './discovery.module-definition.js';
import { DISCOVERY_REGISTRY } from './discovery.tokens.js';
import {
  DiscoveryMetricsModule,
  type DiscoveryMetricsOptionsFactory,
  METRICS_REGISTRY,
} from './metrics/index.js';
import { DiscoveryTracingModule } from './opentelemetry/index.js';
import { DiscoveryHealthIndicator, DiscoveryHealthModule } from './terminus/index.js';

const start = (imports: DynamicModule['imports'], providers: Type[] = []) =>
  NestFactory.createApplicationContext(
    { module: class AppModule {}, imports: imports!, providers },
    { logger: false, abortOnError: false },
  );

@Injectable()
class Settings {
  readonly discovery = createMemoryRegistry(new MemoryStore());
  readonly metrics = new MetricsRegistry();
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class OptionsFactory implements DiscoveryOptionsFactory, DiscoveryMetricsOptionsFactory {
  constructor(private readonly settings: Settings) {}

  createDiscoveryOptions() {
    return { registry: this.settings.discovery };
  }

  async createDiscoveryMetricsOptions() {
    return Promise.resolve({ registry: this.settings.metrics });
  }
}

@Module({ imports: [SettingsModule], providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

const asClass = { imports: [SettingsModule], useClass: OptionsFactory };
const asExisting = { imports: [OptionsModule], useExisting: OptionsFactory };
const injected = { imports: [SettingsModule], inject: [Settings] };

describe('Options that are made later', () => {
  it.each<[string, DynamicModule]>([
    [
      'useFactory',
      DiscoveryModule.forRootAsync({
        ...injected,
        useFactory: ({ discovery }: Settings) => ({ registry: discovery }),
      }),
    ],
    ['useClass', DiscoveryModule.forRootAsync(asClass)],
    ['useExisting', DiscoveryModule.forRootAsync(asExisting)],
  ])('configure DiscoveryModule with %s', async (_, module) => {
    const app = await start([module]);
    expect(app.get<Registry>(DISCOVERY_REGISTRY)).toBe(
      app.get(Settings, { strict: false }).discovery,
    );
    await app.close();
  });

  it.each<[string, DynamicModule]>([
    [
      'useFactory',
      DiscoveryMetricsModule.forRootAsync({
        ...injected,
        useFactory: ({ metrics }: Settings) => ({ registry: metrics }),
      }),
    ],
    ['useClass', DiscoveryMetricsModule.forRootAsync(asClass)],
    ['useExisting', DiscoveryMetricsModule.forRootAsync(asExisting)],
  ])('configure DiscoveryMetricsModule with %s', async (_, module) => {
    const root = DiscoveryModule.forRoot({ registry: createMemoryRegistry(new MemoryStore()) });
    const app = await start([root, module]);
    expect(app.get<MetricsRegistry>(METRICS_REGISTRY)).toBe(
      app.get(Settings, { strict: false }).metrics,
    );
    await app.close();
  });

  class Empty {}
  const both = { ...asClass, useFactory: () => ({}) };
  const doors = { DiscoveryModule, DiscoveryMetricsModule } as const;
  it.each(
    Object.entries(doors).flatMap(
      ([name, door]) =>
        [
          [name, 'without a source', door, {}, 'useFactory must be a function, but is undefined'],
          [
            name,
            'from two sources',
            door,
            both,
            'useClass must be absent where useFactory is given',
          ],
          [
            name,
            'of a class without the method',
            door,
            { useClass: Empty },
            'useClass must be a class',
          ],
          [
            name,
            'of a function in place of a class',
            door,
            { useClass: () => ({}) },
            'useClass must be a class',
          ],
        ] as const,
    ),
  )('are refused by %s %s', (_, __, door, options, text) => {
    const define = () => door.forRootAsync(options as never);
    expect(define).toThrow(InvalidOptionError);
    expect(define).toThrow(text);
  });
});

describe('With isGlobal: false', () => {
  @BalancedClient({ service: 'greeter', ...greeterProto })
  abstract class GreeterClient {
    @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
  }

  const registry = () => createMemoryRegistry(new MemoryStore());
  const roots: readonly [string, () => DynamicModule][] = [
    ['forRoot', () => DiscoveryModule.forRoot({ registry: registry(), isGlobal: false })],
    [
      'forRootAsync',
      () =>
        DiscoveryModule.forRootAsync({
          useFactory: () => ({ registry: registry() }),
          isGlobal: false,
        }),
    ],
  ];

  @Injectable()
  class UsesClients {
    constructor(readonly clients: GrpcClients) {}
  }

  it.each(roots)('%s is injected only where it is imported', async (_, root) => {
    const discovery = root();
    const feature = (imports: DynamicModule[]): DynamicModule => ({
      module: class FeatureModule {},
      imports,
      providers: [UsesClients],
    });
    await expect(start([discovery, feature([])])).rejects.toThrow(/UsesClients/);
    const app = await start([discovery, feature([discovery])]);
    expect(app.get(UsesClients, { strict: false }).clients).toBeInstanceOf(GrpcClients);
    await app.close();
  });

  it.each<[string, (registry: Registry) => DynamicModule]>([
    [
      'DiscoveryModule',
      (given) => DiscoveryModule.forRoot({ registry: given, isGlobal: undefined }),
    ],
    [
      'DiscoveryModule, made later',
      (given) =>
        DiscoveryModule.forRootAsync({
          useFactory: () => ({ registry: given }),
          isGlobal: undefined,
        }),
    ],
    ['DiscoveryMetricsModule', () => DiscoveryMetricsModule.forRoot({ isGlobal: undefined })],
  ])('an undefined value is the default, true: %s', (_, module) => {
    expect(module(registry()).global).toBe(true);
  });

  it.each(roots)('every module of the package takes %s as an import', async (_, root) => {
    const discovery = root();
    const imports = [discovery];
    const metrics = DiscoveryMetricsModule.forRoot({ isGlobal: false });
    const app = await start([
      discovery,
      { ...DiscoveryModule.forFeature([GreeterClient]), imports },
      { ...metrics, imports },
      { module: DiscoveryHealthModule, imports },
      { module: DiscoveryTracingModule, imports },
    ]);
    expect(app.get(GreeterClient)).toBeDefined();
    expect(app.get(DiscoveryHealthIndicator, { strict: false })).toBeDefined();
    await app.close();
  });

  it('the registry is closed after every other module', async () => {
    const closed: string[] = [];
    const memory = registry();
    const watched: Registry = {
      ...memory,
      describe: () => memory.describe(),
      services: () => memory.services(),
      close: () => Promise.resolve(void closed.push('registry')),
    };
    @Injectable()
    class Deep {
      onApplicationShutdown() {
        closed.push('deep');
      }
    }
    const deepest = { module: class DeepModule {}, providers: [Deep] };
    const middle = { module: class MiddleModule {}, imports: [deepest] };
    const discovery = DiscoveryModule.forRoot({ registry: watched, isGlobal: false });
    const app = await start([discovery, middle]);
    await app.close();
    expect(closed).toEqual(['deep', 'registry']);
  });

  it.each(['yes', 1, null])('a value of another kind is refused: %p', (isGlobal) => {
    const define = () =>
      DiscoveryModule.forRoot({ registry: registry(), isGlobal: isGlobal as never });
    expect(define).toThrow(/^isGlobal must be /);
  });
});
