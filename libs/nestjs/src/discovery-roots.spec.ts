import { fileURLToPath } from 'node:url';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BalancedClient } from './client/balanced-client.decorator.js';
import { Call } from './client/call.decorator.js';
import type { UnaryCall } from './client/call-types.js';
import type { ClientFeature } from './client/client.providers.js';
import { DiscoveryModule } from './discovery.module.js';
import { aSetupError } from './spec/setup-error.js';

const links = {
  service: 'links',
  package: '',
  protoPath: fileURLToPath(new URL('./spec/links.proto', import.meta.url)),
};

describe('DiscoveryModule.forRoot', () => {
  const registry = () => createMemoryRegistry(new MemoryStore());
  const start = (module: object) =>
    NestFactory.createApplicationContext(module as never, { logger: false, abortOnError: false });

  it('is refused a second time, with the names of both modules', async () => {
    @Module({ imports: [DiscoveryModule.forRoot({ registry: registry() })] })
    class OrdersModule {}
    @Module({ imports: [OrdersModule, DiscoveryModule.forRoot({ registry: registry() })] })
    class RootModule {}
    const failure = start(RootModule);
    await expect(failure).rejects.toThrow(aSetupError('duplicate-module'));
    await expect(failure).rejects.toThrow(
      /imported by (RootModule and OrdersModule|OrdersModule and RootModule)/,
    );
  });

  it.each<[string, ClientFeature]>([
    ['a client in the way of Nest', links],
    [
      'a class',
      (() => {
        @BalancedClient(links)
        class LinksClient {
          @Call() readonly getUrl!: UnaryCall<object, object>;
        }
        return LinksClient;
      })(),
    ],
  ])('is asked for where it is missing and forFeature provides %s', async (_, feature) => {
    @Module({ imports: [DiscoveryModule.forFeature([feature])] })
    class RootModule {}
    const failure = start(RootModule);
    await expect(failure).rejects.toThrow(aSetupError('missing-module'));
    await expect(failure).rejects.toThrow(/^DiscoveryModule.forFeature\(\) needs the registry/);
  });
});
