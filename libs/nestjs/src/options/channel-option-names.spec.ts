import { createRequire } from 'node:module';
import { greeterProto } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DiscoveryModule } from '../discovery.module.js';
import { discoverable } from '../server/discoverable.js';
import { CountedLogger } from '../spec/counted-logger.js';
import { ignoredChannelOptions } from './channel-option-names.js';

it('names no option as ignored that grpc-js recognizes', () => {
  const path = '@grpc/grpc-js/build/src/channel-options.js';
  const { recognizedOptions } = createRequire(import.meta.url)(path) as {
    recognizedOptions: object;
  };
  expect(Object.keys(recognizedOptions).length).toBeGreaterThan(20);
  expect(ignoredChannelOptions(recognizedOptions)).toEqual([]);
});

it('names those that grpc-js ignores, and what was meant', () => {
  const options = {
    'grpc.keepalive_time_ms': 1,
    'grpc.keepalive_time': 1,
    'grpc.max_metadata_size': 1,
    colour: 'red',
  };
  expect(ignoredChannelOptions(options)).toEqual([
    '"grpc.keepalive_time" (did you mean "grpc.keepalive_time_ms"?)',
    '"grpc.max_metadata_size"',
    '"colour"',
  ]);
});

it('is logged once for a client and once for a server', async () => {
  const said = { keepalive: { http2MaxPingStrikes: 0 } };
  const channelOptions = { 'grpc.keepalive_time': 1 };
  const registry = createMemoryRegistry(new MemoryStore());
  @Module({
    imports: [
      DiscoveryModule.forRoot({ registry, service: { name: 'greeter' } }),
      DiscoveryModule.forFeature([
        { service: 'greeter', ...greeterProto, ...said, channelOptions },
      ]),
    ],
  })
  class GreeterModule {}
  const logger = new CountedLogger();
  const options = discoverable({ ...greeterProto, url: '127.0.0.1:0', ...said, channelOptions });
  const app = await NestFactory.createMicroservice(GreeterModule, { logger, ...options });
  await app.listen();
  await app.close();
  const names =
    '"grpc.keepalive_time" (did you mean "grpc.keepalive_time_ms"?), "grpc.http2.max_ping_strikes"';
  expect(logger.take().filter((line) => line.includes('ignores'))).toEqual([
    `warn: grpc-js ignores of the options for service "greeter": ${names}`,
    `warn: grpc-js ignores of the options of discoverable(): ${names}`,
  ]);
});
