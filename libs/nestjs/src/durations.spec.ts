import {
  discoveryChannelOptions,
  installBalancing,
  MAX_DURATION_MS,
  outlierDetection,
  reportUtilization,
  roundRobin,
} from '@grpc-discovery/balancing';
import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { createCertificates, type Certificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { join } from 'node:path';
import { BalancedClient } from './client/balanced-client.decorator.js';
import { Call } from './client/call.decorator.js';
import type { UnaryCall } from './client/call-types.js';
import { describeClient } from './client/client-description.js';
import { normalizeDrainOptions } from './drain/drain-options.js';
import { normalizeReadinessOptions } from './readiness/readiness.options.js';
import { GreeterCalls } from './spec/greeter-calls.js';
import { FileChannelCredentials } from './tls/channel-credentials.js';
import { FileServerCredentials } from './tls/server-credentials.js';

const NO_DURATIONS = [NaN, Infinity, -1, 1e17, MAX_DURATION_MS + 1, '5' as never];

/** Everything that takes a number of milliseconds for a timer or a deadline. */
const DOORS: Readonly<Record<string, (ms: number) => unknown>> = {
  'connectTimeoutMs of a channel': (connectTimeoutMs) => channel({ connectTimeoutMs }),
  'timeoutMs of a method': (timeoutMs) => channel({ methods: { '/a.B/C': { timeoutMs } } }),
  'initialBackoffMs of a retry': (initialBackoffMs) =>
    channel({
      methods: { '/a.B/C': { retry: { attempts: 2, codes: ['ABORTED'], initialBackoffMs } } },
    }),
  'delayMs of hedging': (delayMs) =>
    channel({ methods: { '/a.B/C': { hedging: { attempts: 2, delayMs } } } }),
  'a time of grpc-js': (ms) => channel({ channelOptions: { 'grpc.keepalive_time_ms': ms } }),
  'windowMs of massRemoval': (windowMs) => channel({ massRemoval: { windowMs } }),
  'holdMs of massRemoval': (holdMs) => channel({ massRemoval: { holdMs } }),
  'intervalMs of outlier detection': (intervalMs) =>
    channel({ policy: outlierDetection(roundRobin(), { intervalMs }) }),
  'baseEjectionTimeMs of outlier detection': (baseEjectionTimeMs) =>
    channel({ policy: outlierDetection(roundRobin(), { baseEjectionTimeMs }) }),
  'maxEjectionTimeMs of outlier detection': (maxEjectionTimeMs) =>
    channel({ policy: outlierDetection(roundRobin(), { maxEjectionTimeMs }) }),
  'a time of a config of outlier detection': (ms) =>
    channel({
      policy: {
        outlier_detection: {
          interval: { seconds: ms / 1_000, nanos: 0 },
          childPolicy: [roundRobin()],
        },
      },
    }),
  'windowMs of a load report': (windowMs) => reportUtilization({ windowMs }),
  'timeoutMs of @Call': (timeoutMs) => describeClient(clientWith({ timeoutMs }, {})),
  'timeoutMs of @BalancedClient': (timeoutMs) => describeClient(clientWith({}, { timeoutMs })),
  'drain.deregisterMs': (deregisterMs) => normalizeDrainOptions({ deregisterMs }),
  'drain.propagationMs': (propagationMs) => normalizeDrainOptions({ propagationMs }),
  'drain.graceMs': (graceMs) => normalizeDrainOptions({ graceMs, streamGraceMs: 0 }),
  'drain.streamGraceMs': (streamGraceMs) => normalizeDrainOptions({ streamGraceMs }),
  'readiness.intervalMs': (intervalMs) => normalizeReadinessOptions({ checks: [], intervalMs }),
  'readiness.timeoutMs': (timeoutMs) => normalizeReadinessOptions({ checks: [], timeoutMs }),
};

function channel(options: object) {
  const { watcher } = createMemoryRegistry(new MemoryStore());
  return discoveryChannelOptions({ watcher, ...options });
}

function clientWith(call: object, client: object): Type {
  @BalancedClient({ service: 'greeter', ...greeterProto, ...client })
  abstract class GreeterClient {
    @Call(call)
    abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
  }
  return GreeterClient as Type;
}

describe('A duration', () => {
  beforeAll(() => installBalancing());

  describe.each(Object.entries(DOORS))('as %s', (_name, door) => {
    it.each(NO_DURATIONS)('is not %s', (ms) => {
      expect(() => door(ms)).toThrow(/number from|milliseconds from|duration such as/);
    });

    it('may be a second', () => {
      expect(() => door(1_000)).not.toThrow();
    });
  });

  describe('of one call', () => {
    const calls = new GreeterCalls('127.0.0.1:1');
    afterAll(() => calls.close());
    type Kinds = Record<string, (options: { timeoutMs: number }) => Promise<unknown>>;
    const kinds: Kinds = {
      unary: (options) => calls.sayHello({ name: 'you' }, options),
      'server stream': (options) => first(calls.sayHelloStreamReply({ name: 'you' }, options)),
      'bidirectional stream': (options) => first(calls.sayHelloBidiStream([], options)),
    };
    const first = (replies: AsyncIterable<unknown>) => replies[Symbol.asyncIterator]().next();

    it.each(Object.keys(kinds).flatMap((kind) => NO_DURATIONS.map((ms) => [kind, ms] as const)))(
      'that is a %s is not %s: the call fails, and the process goes on',
      async (kind, timeoutMs) => {
        const call = (async () => kinds[kind]!({ timeoutMs }))();
        await expect(call).rejects.toThrow(
          /^\/helloworld\.Greeter\/SayHello\w* timeoutMs must be a number of milliseconds from 1 to 2147483647/,
        );
      },
    );
  });
});

describeWithOpenssl('A duration of TLS', () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = createCertificates();
  });
  afterAll(() => certificates.remove());
  const path = (name: string) => join(certificates.folder, name);

  it.each(NO_DURATIONS)('is not %s', (refreshMs) => {
    const warn = () => undefined;
    const server = { certFile: path('server.pem'), keyFile: path('server-key.pem'), refreshMs };
    const text = /tls\.refreshMs must be a number of milliseconds from 1/;
    expect(() => FileServerCredentials.create(server, warn)).toThrow(text);
    expect(() =>
      FileChannelCredentials.create({ caFile: path('ca.pem'), refreshMs }, warn),
    ).toThrow(text);
  });
});
