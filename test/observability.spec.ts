import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiscoveryModule } from '@grpc-discovery/nestjs';
import { DiscoveryMetricsModule, METRICS_REGISTRY } from '@grpc-discovery/nestjs/metrics';
import { createMemoryRegistry } from '@grpc-discovery/registry';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { Registry } from 'prom-client';
import { parse } from 'yaml';
import { root } from './markdown-samples.js';
import { groupingsOf, metricsOf } from './prometheus-expression.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const alerts = parse(read('deploy/observability/alerts.yaml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('deploy/observability/dashboard.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Labels by name of a series, those of a histogram's parts included. */
const labelsOf = new Map<string, readonly string[]>();
let names: string[];

beforeAll(async () => {
  const app = await NestFactory.createApplicationContext(
    {
      module: class {},
      imports: [
        DiscoveryModule.forRoot({ registry: createMemoryRegistry() }),
        DiscoveryMetricsModule.forRoot(),
      ],
    },
    { logger: false },
  );
  const metrics = app.get<Registry>(METRICS_REGISTRY).getMetricsAsArray() as unknown as {
    readonly name: string;
    readonly type: string;
    readonly labelNames: readonly string[];
  }[];
  names = metrics.map(({ name }) => name);
  for (const { name, type, labelNames } of metrics) {
    if (type !== 'histogram') labelsOf.set(name, labelNames);
    else {
      for (const part of ['sum', 'count']) labelsOf.set(`${name}_${part}`, labelNames);
      labelsOf.set(`${name}_bucket`, [...labelNames, 'le']);
    }
  }
  await app.close();
});

function expectToFit(expression: string): void {
  const metrics = metricsOf(expression);
  expect(metrics).not.toEqual([]);
  for (const { name, labels } of metrics) {
    expect([...labelsOf.keys()]).toContain(name);
    const known = labelsOf.get(name) ?? [];
    expect(known).toEqual(expect.arrayContaining([...labels, ...groupingsOf(expression)]));
  }
}

describe('deploy/observability', () => {
  it('has alerts on metrics and labels that exist', () => {
    for (const { expr } of rules) expectToFit(expr);
  });

  it('has panels of metrics and labels that exist', () => {
    for (const expr of queries) expectToFit(expr);
    const variables = dashboard.templating.list.map(({ query }) => query);
    expect(variables).toContain('label_values(grpc_client_calls_total, service_name)');
  });

  it('shows every metric in a panel', () => {
    const shown = queries.flatMap((expr) => metricsOf(expr).map(({ name }) => name));
    const missing = names.filter((name) => !shown.some((it) => it.startsWith(name)));
    expect(missing).toEqual([]);
  });

  it('would tell of a metric or a label that does not exist', () => {
    expect(() => expectToFit('rate(grpc_client_call_total[5m])')).toThrow('grpc_client_call_total');
    expect(() => expectToFit('sum by (service) (grpc_client_picks_total)')).toThrow('service');
    expect(() => expectToFit('grpc_client_instances{state="ready"} == 0')).toThrow('state');
  });
});
