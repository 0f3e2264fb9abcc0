import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { SpanKind } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from './markdown-samples.js';

interface Span {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

describe('A greeting through the gateway, traced', () => {
  let etcd: EmbeddedEtcd;
  let answers: number[];
  let spans: Span[];

  beforeAll(async () => {
    etcd = await EmbeddedEtcd.start();
    const child = fork(join(root, 'test/tracing/traced-greeting.js'), {
      execArgv: [],
      env: { ...process.env, ETCD_HOSTS: etcd.hosts.join(), INSTANCE_ID: 'greeter-1' },
    });
    // Comes after every message, which its exit need not.
    const ended = once(child, 'disconnect').then(() => {
      throw new Error('it ended before it told of its spans');
    });
    ended.catch(() => undefined);
    const told = once(child, 'message') as Promise<[{ answers: number[]; spans: Span[] }]>;
    [{ answers, spans }] = await Promise.race([told, ended]);
  });

  afterAll(() => etcd.stop());

  const greetings = () => spans.filter(({ name }) => name === 'grpc.helloworld.Greeter/SayHello');

  it('is one trace from HTTP by the client to the server', () => {
    expect(answers).toEqual([200, 200]);
    const clients = greetings().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(clients).toHaveLength(2);
    expect(new Set(clients.map(({ traceId }) => traceId)).size).toBe(2);
    for (const client of clients) {
      const http = spans.find(({ spanId }) => spanId === client.parentId);
      const server = spans.find(({ parentId }) => parentId === client.spanId);
      expect(http).toMatchObject({ kind: SpanKind.SERVER, traceId: client.traceId });
      expect(server).toMatchObject({ kind: SpanKind.SERVER, traceId: client.traceId });
      expect(server?.name).toBe(client.name);
    }
  });

  it('tells on the span of the call where the call went, and why', () => {
    for (const { attributes } of greetings().filter(({ kind }) => kind === SpanKind.CLIENT)) {
      expect(attributes).toMatchObject({
        'grpc_discovery.instance.id': 'greeter-1',
        'grpc_discovery.instance.zone': '',
        'grpc_discovery.policy': 'weighted_round_robin',
        'grpc_discovery.attempt': 1,
      });
    }
  });

  it('makes no span of what is said to etcd', () => {
    expect(spans.filter(({ name }) => name.includes('etcdserverpb'))).toEqual([]);
  });
});
