import {
  leastRequest,
  outlierDetection,
  roundRobin,
  weightedRoundRobin,
} from '@grpc-discovery/balancing';
import { AdsServer } from '@grpc-discovery/xds';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { configuredView, type ConfiguredView, type PublishedConfig } from './published-config.js';

/** A policy of the balancing package, as it is published. */
const published = (policy: object) => ({
  loadBalancingConfig: [JSON.parse(JSON.stringify(policy)) as object],
});

describe('configuredView', () => {
  it.each<[string, PublishedConfig, ConfiguredView]>([
    ['nothing', {}, {}],
    ['roundRobin()', published(roundRobin()), { policy: { kind: 'round_robin' } }],
    ['weightedRoundRobin()', published(weightedRoundRobin()), { policy: { kind: 'round_robin' } }],
    [
      'leastRequest()',
      published(leastRequest({ choiceCount: 3 })),
      { policy: { kind: 'least_request', choiceCount: 3 } },
    ],
    [
      'outlierDetection()',
      published(
        outlierDetection(leastRequest({ choiceCount: 2 }), {
          intervalMs: 500,
          baseEjectionTimeMs: 2_000,
          maxEjectionPercent: 40,
          failurePercentage: { threshold: 60, minimumHosts: 2, requestVolume: 9 },
        }),
      ),
      {
        policy: { kind: 'least_request', choiceCount: 2 },
        outlierDetection: {
          intervalMs: 500,
          baseEjectionTimeMs: 2_000,
          maxEjectionPercent: 40,
          failurePercentage: 60,
          minimumHosts: 2,
          requestVolume: 9,
        },
      },
    ],
    [
      'outlierDetection() by success rate only',
      published(outlierDetection(roundRobin(), { successRate: {} })),
      { policy: { kind: 'round_robin' } },
    ],
    [
      'an unknown policy before a known one',
      { loadBalancingConfig: [{ subset: {} }, { round_robin: {} }] },
      { policy: { kind: 'round_robin' } },
    ],
    [
      'timeouts and retries',
      {
        methodConfig: [
          { name: [{}], timeout: '2s' },
          {
            name: [
              { service: 'helloworld.Greeter', method: 'SayHello' },
              { service: 'orders.Orders' },
            ],
            timeout: { seconds: 0, nanos: 250_000_000 },
            retryPolicy: {
              maxAttempts: 9,
              initialBackoff: '0.01s',
              maxBackoff: '1s',
              backoffMultiplier: 2,
              retryableStatusCodes: ['UNAVAILABLE', 'NOT_FOUND'],
            },
          },
          { name: [{ service: 'orders.Orders' }], waitForReady: true },
        ],
      },
      {
        methods: [
          { timeoutMs: 2_000 },
          ...[
            { grpcService: 'helloworld.Greeter', method: 'SayHello' },
            { grpcService: 'orders.Orders' },
          ].map((named) => ({
            ...named,
            timeoutMs: 250,
            retry: {
              attempts: 5,
              codes: ['unavailable' as const],
              initialBackoffMs: 10,
              maxBackoffMs: 1_000,
            },
          })),
        ],
      },
    ],
  ])('of %s', (_, config, expected) => {
    expect(configuredView(config)).toEqual(expected);
  });

  it('throws for no config, and the control plane takes what it gives of known names', () => {
    const ads = new AdsServer();
    const name = fc.oneof(fc.jsonValue(), fc.constantFrom('', 'a.B', 'SayHello', 'a b', '/a'));
    const timeout = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('1s', '0s', '-1s', '1e9s', '99999999s'),
    );
    const json = fc.dictionary(
      fc.constantFrom('loadBalancingConfig', 'methodConfig', 'other'),
      fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record({ name: fc.array(fc.record({ service: name, method: name })), timeout }),
        ),
        fc.array(
          fc.dictionary(
            fc.constantFrom('least_request', 'outlier_detection', 'timeout', 'retryPolicy', 'name'),
            fc.jsonValue(),
          ),
        ),
      ),
    );
    fc.assert(
      fc.property(json, (config) => {
        const view = configuredView(config);
        ads.setService({ name: 'greeter', endpoints: [], ...view });
      }),
    );
    ads.close();
    expect(ads.services).toEqual(['greeter']);
  });
});
