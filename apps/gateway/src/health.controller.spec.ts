import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { etcdKinds, until } from '@grpc-discovery/test-support';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Server } from 'node:http';
import request from 'supertest';
import { AppModule } from './app.module.js';

interface Probe {
  readonly status: number;
  readonly body: { readonly status: string };
}

describe.each(etcdKinds('/gateway-health/'))('Probes of the gateway on $name', (kind) => {
  it('are ready while a greeter can be reached, whatever becomes of etcd', async () => {
    const etcd = await kind.start();
    const options = { hosts: etcd.url, namespace: 'gateway-health' };
    const fleet = await createTestFleet({ greeter: 1 }, { etcd: options });
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const module = await DiscoveryTestingModule.override(builder, fleet).compile();
    const app: INestApplication<Server> = module.createNestApplication({ logger: false });
    await app.init();
    const probe = async (path: string): Promise<Probe> =>
      await request(app.getHttpServer()).get(path);

    await until('it is ready', async () => (await probe('/health/ready')).body.status === 'ok');
    await etcd.stop();
    await until('the outage is reported', async () => {
      const { status, body } = await probe('/health/ready');
      expect(status).toBe(200);
      return body.status === 'degraded';
    });

    await fleet.instances('greeter')[0]!.crash();
    await until('it is not ready', async () => (await probe('/health/ready')).status === 503);
    expect((await probe('/health/live')).status).toBe(200);

    await app.close();
    await fleet.close();
    await etcd.destroy();
  });
});
