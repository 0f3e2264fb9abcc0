import { describe, expect, it } from '@jest/globals';
import { assertView } from './assert-view.js';
import type { ServiceView } from './service-view.js';

const view = (extra: object = {}): ServiceView => ({ name: 'greeter', endpoints: [], ...extra });
const outliers = (extra: object) =>
  view({
    outlierDetection: {
      ...{ intervalMs: 1_000, baseEjectionTimeMs: 1_000, maxEjectionPercent: 50 },
      ...{ failurePercentage: 50, ...extra },
    },
  });

const retries = (extra: object) =>
  view({ methods: [{ retry: { attempts: 2, codes: ['unavailable'], ...extra } }] });

describe('assertView', () => {
  it.each<[string, ServiceView, string]>([
    ['an empty name', view({ name: '' }), 'must be dialable as xds:///<name>'],
    ['a name with a slash', view({ name: 'a/b' }), '"a/b"'],
    ['a name that steers a terminal', view({ name: 'a\u001b[2J' }), '"a [2J"'],
    ['a long name', view({ name: 'a'.repeat(254) }), 'aaa'],
    ['an unknown policy', view({ policy: { kind: 'random' } }), 'round_robin, least_request or'],
    [
      'too few choices',
      view({ policy: { kind: 'least_request', choiceCount: 1 } }),
      'from 2 to 100',
    ],
    ['a negative count', view({ policy: { kind: 'least_request', choiceCount: -5 } }), 'is -5'],
    [
      'a header of no HTTP/2',
      view({ policy: { kind: 'ring_hash', header: 'X User' } }),
      '"X User"',
    ],
    ['a gRPC service with a slash', view({ grpcServices: ['a/b'] }), 'full name'],
    ['an rpc without its service', view({ methods: [{ method: 'SayHello' }] }), 'a gRPC service'],
    ['a path as an rpc', view({ methods: [{ grpcService: 'a.B', method: '/a' }] }), 'a.B//a'],
    ['a timeout of 0', view({ methods: [{ timeoutMs: 0 }] }), 'timeoutMs of "greeter"'],
    ['one attempt', retries({ attempts: 1 }), 'from 2 to 5'],
    ['an unknown status', retries({ codes: ['NOT_FOUND'] }), 'of cancelled, deadline-exceeded'],
    ['no status', retries({ codes: [] }), 'of cancelled'],
    ['a backoff of 0', retries({ initialBackoffMs: 0 }), 'initialBackoffMs'],
    ['an interval of 0', outliers({ intervalMs: 0 }), 'intervalMs of "greeter"'],
    ['a time that is no number', outliers({ baseEjectionTimeMs: NaN }), 'baseEjectionTimeMs'],
    ['more than all endpoints', outliers({ maxEjectionPercent: 101 }), 'from 0 to 100'],
    ['a fraction of hosts', outliers({ minimumHosts: 0.5 }), 'minimumHosts'],
    ['a negative volume', outliers({ requestVolume: -1 }), 'requestVolume'],
    ['a percentage of text', outliers({ failurePercentage: '5' }), 'failurePercentage'],
  ])('refuses %s', (_, given, text) => {
    expect(() => assertView(given)).toThrow(RangeError);
    expect(() => assertView(given)).toThrow(text);
  });

  it.each([
    view(),
    view({ name: 'orders.v1_a-b', policy: { kind: 'least_request' } }),
    view({ policy: { kind: 'ring_hash', header: 'x-user' }, grpcServices: ['orders.v1.Orders'] }),
    outliers({}),
    retries({ attempts: 5, initialBackoffMs: 1, maxBackoffMs: 1 }),
    view({ methods: [{ grpcService: 'helloworld.Greeter', method: 'SayHello', timeoutMs: 1 }] }),
  ])('accepts %j', (given) => {
    expect(() => assertView(given)).not.toThrow();
  });
});
