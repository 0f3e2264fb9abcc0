import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { expect, it } from '@jest/globals';
import { ValidationPipe, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Server } from 'node:http';
import request from 'supertest';
import { AppModule } from './app.module.js';

it('tells of its calls at GET /metrics', async () => {
  const fleet = await createTestFleet({ greeter: 2 });
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const module = await DiscoveryTestingModule.override(builder, fleet).compile();
  const app: INestApplication<Server> = module.createNestApplication({ logger: false });
  app.useGlobalPipes(new ValidationPipe({ transform: true }));
  await app.init();
  await fleet.whenConnected('greeter');
  for (let i = 0; i < 4; i++)
    await request(app.getHttpServer()).get('/hello/you?timeoutMs=60000').expect(200);

  const { text, headers } = await request(app.getHttpServer()).get('/metrics').expect(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const id of ['greeter-1', 'greeter-2']) {
    expect(text).toContain(
      `grpc_client_calls_total{service_name="greeter",rpc_service="helloworld.Greeter",rpc_method="SayHello",` +
        `instance_id="${id}",rpc_grpc_status_code="0"} 2`,
    );
  }
  await app.close();
  await fleet.close();
});
