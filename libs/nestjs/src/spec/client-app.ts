import { createMemoryRegistry, type MemoryStore } from '@grpc-discovery/registry';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ClientFeature } from '../client/client.providers.js';
import { DiscoveryModule } from '../discovery.module.js';

/** An application with clients only. */
export async function clientApp(store: MemoryStore, features: ClientFeature[]) {
  @Module({
    imports: [
      DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
      DiscoveryModule.forFeature(features),
    ],
  })
  class ClientModule {}
  return NestFactory.createApplicationContext(ClientModule, {
    logger: false,
    abortOnError: false,
  });
}
