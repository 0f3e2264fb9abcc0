import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { DISCOVERY_REGISTRY } from './discovery.tokens.js';
import type { Registry } from '@grpc-discovery/registry';
import { etcdKinds, until, type EtcdFixture } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BalancedClient } from './client/balanced-client.decorator.js';
import { Call } from './client/call.decorator.js';
import type { UnaryCall } from './client/call-types.js';
import { DiscoveryModule } from './discovery.module.js';
import { discoverable } from './server/discoverable.js';
import { CountedLogger } from './spec/counted-logger.js';
import { Database, Gate, GreeterController } from './spec/greeter-app.js';

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({ timeoutMs: 60_000, waitForReady: true })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

describe.each(etcdKinds('/logs-spec/'))('Logs of a greeter that calls itself on $name', (kind) => {
  const logger = new CountedLogger();
  let etcd: EtcdFixture;
  let app: INestMicroservice;

  beforeEach(async () => {
    etcd = await kind.start();
    @Module({
      imports: [
        DiscoveryModule.forRoot({
          // A lease that is lost in the outage would be one more event.
          etcd: { hosts: etcd.url, namespace: 'logs-spec', leaseTtlSeconds: 60 },
          service: { name: 'greeter', id: 'greeter-1' },
          drain: { propagationMs: 0 },
        }),
        DiscoveryModule.forFeature([GreeterClient]),
      ],
      controllers: [GreeterController],
      providers: [Database, Gate],
    })
    class AppModule {}
    app = await NestFactory.createMicroservice(AppModule, {
      logger,
      ...discoverable({ ...greeterProto, url: '127.0.0.1:0' }),
    });
    app.enableShutdownHooks(['SIGTERM']);
    await app.listen();
  });

  afterEach(async () => {
    await app.close();
    await etcd.destroy();
    logger.take();
  });

  const describe = () => app.get<Registry>(DISCOVERY_REGISTRY).describe();

  it('have one line for each event of its life, and none for a call', async () => {
    for (let i = 0; i < 50; i++) await app.get(GreeterClient).sayHello({ name: 'you' });
    expect(logger.take()).toEqual([
      expect.stringMatching(
        /^log: \/logs-spec\/instances\/greeter\/greeter-1 is registered as 127\.0\.0\.1:\d+\.$/,
      ),
    ]);
    await app.close();
    const [begun, ended] = logger.take().filter((line) => !line.includes('vanished'));
    expect(begun).toBe('log: Draining instance "greeter-1" of service "greeter"');
    expect(ended).toMatch(/^log: Instance "greeter-1" of service "greeter" was drained in \d+ ms/);
  });

  it('tell of an outage once as it begins and once as it ends, whatever the number of tries', async () => {
    await app.get(GreeterClient).sayHello({ name: 'you' });
    logger.take();
    await etcd.stop();
    await until('the outage has lasted for several tries', () => {
      const [greeter] = describe().services;
      return (greeter?.stalenessMs ?? 0) > 4_000;
    });
    expect(logger.take()).toEqual([
      expect.stringMatching(/^warn: etcd at .* should answer, but does not/),
    ]);
    await etcd.restart();
    await until('lists are current again', () => logger.lines.length === 3);
    expect(logger.take().sort()).toEqual([
      'log: /logs-spec/config/greeter is watched again.',
      'log: /logs-spec/instances/greeter/ is watched again.',
      expect.stringMatching(/^log: etcd at .* answers again\.$/),
    ]);
  });
});
