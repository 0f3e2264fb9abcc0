import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createTestFleet,
  DiscoveryTestingModule,
  type TestFleet,
} from '@grpc-discovery/nestjs/testing';
import { METRICS_REGISTRY } from '@grpc-discovery/nestjs/metrics';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ValidationPipe, type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import type { Server } from 'node:http';
import type { Registry } from 'prom-client';
import request from 'supertest';
import { parse } from 'yaml';
import { AppModule } from '../apps/gateway/src/app.module.js';
import { diagnostics, root, tsBlocks } from './markdown-samples.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/observability.md');
const [metricsBlock = '', pathsBlock = ''] = [...page.matchAll(/^```text\n(.*?)^```$/gms)].map(
  ([, block = '']) => block.trimEnd(),
);
const [, readyBlock = ''] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];

describe('docs/observability.md', () => {
  let fleet: TestFleet<'greeter'>;
  let app: INestApplication<Server>;

  beforeAll(async () => {
    fleet = await createTestFleet({ greeter: 2 });
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const module = await DiscoveryTestingModule.override(builder, fleet).compile();
    app = module.createNestApplication({ logger: false });
    app.useGlobalPipes(new ValidationPipe({ transform: true }));
    await app.init();
    await fleet.whenConnected('greeter');
    for (let i = 0; i < 4; i++)
      await request(app.getHttpServer()).get('/hello/you?timeoutMs=60000').expect(200);
  });

  afterAll(async () => {
    await app.close();
    await fleet.close();
  });

  it('has a row for every metric, with its type and labels', () => {
    const rows = [...page.matchAll(/^\| `(grpc_\w+)` +\| (\w+) +\| (.*?) +\|/gm)].map(
      ([, name, type, labels = '']) => ({
        name,
        type,
        labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(),
      }),
    );
    const metrics = app.get<Registry>(METRICS_REGISTRY).getMetricsAsArray() as unknown as {
      readonly name: string;
      readonly type: string;
      readonly labelNames: readonly string[];
    }[];
    const known = metrics.map(({ name, type, labelNames }) => ({
      name,
      type,
      labels: [...labelNames].sort(),
    }));
    const byName = (a: { name?: string }, b: { name?: string }) => (a.name! < b.name! ? -1 : 1);
    expect(rows.sort(byName)).toEqual(known.sort(byName));
  });

  it('says of every alert what to do, and of no other', () => {
    const { groups } = parse(read('deploy/observability/alerts.yaml')) as {
      readonly groups: readonly {
        readonly rules: readonly {
          readonly alert: string;
          readonly annotations: { readonly runbook_url: string };
        }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.sort()).toEqual(rules.map(({ alert }) => alert).sort());
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook_url).toBe(`docs/observability.md#${alert.toLowerCase()}`);
    }
  });

  it('shows what the gateway answers', async () => {
    const { text } = await request(app.getHttpServer()).get('/metrics');
    expect(text.split('\n')).toEqual(expect.arrayContaining(metricsBlock.split('\n')));
    const { body } = (await request(app.getHttpServer()).get('/health/ready')) as {
      body: { status: string; details: { registry: { greeter: { stalenessMs: number } } } };
    };
    body.details.registry.greeter.stalenessMs = 0;
    expect({ status: body.status, details: body.details }).toEqual(JSON.parse(readyBlock));
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(Object.keys(paths).sort()).toEqual(pathsBlock.split('\n'));
  });

  it('has a sample that compiles', () => {
    expect(diagnostics(tsBlocks(page))).toEqual([]);
  });
});
