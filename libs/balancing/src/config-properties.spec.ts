import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { PickResultType } from './grpc/experimental.js';
import { roundRobin } from './policies/round-robin.js';
import { policy as valid } from './spec/arbitraries.js';
import { instanceAt } from './spec/instances.js';
import { ScriptedService } from './spec/scripted-service.js';

fc.configureGlobal({ numRuns: 300 });

const names = [
  ...['pick_first', 'round_robin', 'weighted_round_robin', 'least_request', 'consistent_hash'],
  ...['random', 'slow_start', 'prefer_locality', 'subset', 'filter_instances'],
  ...['', 'unheard_of', '__proto__', 'toString'],
];
const settings = [
  ...['size', 'windowMs', 'minShare', 'region', 'zone', 'version', 'metadata', 'weights'],
  ...['choiceCount', 'childPolicy', 'child_policy', 'interval', 'failurePercentageEjection'],
];
const value = fc.oneof(
  { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
  {
    arbitrary: fc.constantFrom<unknown>(0, 1, -1, 1e9, 1_000, '', 'x', '10s', true, null),
    weight: 2,
  },
);

/** Policies with settings of others, of the wrong kind, in each other: mostly wrong, sometimes right. */
const { policy } = fc.letrec<{ policy: unknown }>((tie) => ({
  policy: fc
    .tuple(
      fc.constantFrom(...names),
      fc.dictionary(fc.constantFrom(...settings), value, { maxKeys: 3 }),
      fc.option(fc.array(tie('policy'), { maxLength: 2 }), { nil: undefined, depthSize: 'small' }),
    )
    .map(([name, own, children]) => ({
      [name]: children ? { ...own, childPolicy: children } : own,
    })),
}));

const method = fc.record(
  {
    name: fc.oneof(value, fc.constant([{}]), fc.constant([{ service: 'helloworld.Greeter' }])),
    timeout: value,
    waitForReady: value,
    retryPolicy: fc.oneof(value, fc.dictionary(fc.constantFrom('maxAttempts'), value)),
    maxRequestMessageBytes: value,
  },
  { requiredKeys: [] },
);

const config = fc.oneof(
  { arbitrary: valid.map((it) => JSON.stringify({ loadBalancingConfig: [it] })), weight: 4 },
  { arbitrary: fc.string(), weight: 1 },
  { arbitrary: fc.json(), weight: 1 },
  {
    arbitrary: fc
      .record(
        {
          loadBalancingConfig: fc.oneof(fc.array(policy, { maxLength: 3 }), value),
          methodConfig: fc.oneof(fc.array(method, { maxLength: 2 }), value),
          retryThrottling: value,
        },
        { requiredKeys: [] },
      )
      .map((it) => JSON.stringify(it)),
    weight: 8,
  },
);

describe('any sequence of published service configs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const [one, two] = [instanceAt('10.0.0.1:1'), instanceAt('10.0.0.2:1')];
  const lists = [
    [one, two],
    [two, one],
  ];

  function started(): ScriptedService {
    const service = new ScriptedService();
    service.watcher.live(one, two);
    for (const subchannel of service.used) subchannel.go('READY');
    return service;
  }

  it('is either applied or reported, once, with the last valid one in effect', () => {
    let applied = 0;
    let reported = 0;
    fc.assert(
      fc.property(fc.array(config, { maxLength: 5 }), (texts) => {
        const service = started();
        let seen: string | undefined;
        let good = service.lastConfig;
        let telling = 1;
        for (const json of texts) {
          const before = { results: service.listSizes.length, errors: service.configErrors.length };
          service.config.deliver({ kind: 'published', json });
          const results = service.listSizes.length - before.results;
          const errors = service.configErrors.length - before.errors;
          expect([results, errors]).toEqual(json === seen ? [0, 0] : [1 - errors, 1 - results]);
          seen = json;
          if (errors === 0 && results > 0) good = service.lastConfig;
          // The next result of the resolver still has, or has again, the last valid one.
          service.watcher.live(...lists[telling++ % 2]!);
          jest.advanceTimersByTime(50);
          expect(service.lastConfig).toBe(good);
          applied += results;
          reported += errors;
        }
        service.destroy();
      }),
    );
    // Otherwise this proves nothing.
    expect([applied > 100, reported > 100]).toEqual([true, true]);
  });

  it('lets calls succeed once a valid one is published, over the same subchannels', () => {
    fc.assert(
      fc.property(fc.array(config, { maxLength: 5 }), (texts) => {
        const service = started();
        for (const json of texts) service.config.deliver({ kind: 'published', json });
        service.config.publish({ loadBalancingConfig: [roundRobin()] });
        for (const subchannel of service.used) subchannel.go('READY');
        expect(service.channel.pick().pickResultType).toBe(PickResultType.COMPLETE);
        expect(new Set(service.channel.picks(2)).size).toBe(2);
        service.destroy();
      }),
    );
  });
});
