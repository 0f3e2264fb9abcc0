import { beforeAll, describe, expect, it } from '@jest/globals';
import { installBalancing } from '../install.js';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import { leastRequest } from '../policies/least-request.js';
import { outlierDetection } from '../policies/outlier-detection.js';
import { roundRobin } from '../policies/round-robin.js';
import { assertServiceConfig, ownServiceConfig, publishedServiceConfig } from './service-config.js';

const instances = (policy: object, methods: object = {}) => ({
  'grpc_discovery.instances': { policies: { '': policy, ...methods } },
});
const ours = instances({ weighted_round_robin: {} });
const none = { methods: {} };
const policyOf = (text: object | undefined, own = none) =>
  ownServiceConfig(text && JSON.stringify(text), own).loadBalancingConfig;

describe('the service config of a discovery channel', () => {
  beforeAll(() => installBalancing());

  it('is weighted round robin when nothing is configured', () => {
    expect(ownServiceConfig(undefined, none)).toEqual({
      loadBalancingConfig: [ours],
      methodConfig: [],
    });
  });

  it('uses the policy of this package for a standard name', () => {
    expect(policyOf({ loadBalancingConfig: [{ round_robin: {} }] })).toEqual([
      instances({ round_robin: {} }),
    ]);
  });

  it.each(['childPolicy', 'child_policy'])(
    "puts grpc-js's outlier detection around all policies of the channel (%s)",
    (key) => {
      const around = { outlier_detection: { interval: '1s', [key]: [{ round_robin: {} }] } };
      const seconds = { seconds: 1, nanos: 0 };
      expect(policyOf({ loadBalancingConfig: [around] })).toEqual([
        {
          outlier_detection: {
            interval: seconds,
            child_policy: [instances({ round_robin: {} })],
          },
        },
      ]);
    },
  );

  it('skips unknown policies, and falls back to weighted round robin', () => {
    expect(policyOf({ loadBalancingConfig: [{ unknown_policy: {} }] })).toEqual([ours]);
  });

  it('prefers the policy of the channel and keeps the rest of the config', () => {
    const retryThrottling = { maxTokens: 10, tokenRatio: 0.1 };
    const name = [{ service: 'helloworld.Greeter' }];
    const text = JSON.stringify({
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: [{ name, timeout: '1s' }],
      retryThrottling,
    });
    expect(ownServiceConfig(text, { ...none, policy: { weighted_round_robin: {} } })).toEqual({
      loadBalancingConfig: [ours],
      methodConfig: [{ name, timeout: { seconds: 1, nanos: 0 } }],
      retryThrottling,
    });
  });

  it('contains each policy of the methods once, in addition to that of the channel', () => {
    const methods = {
      '/orders.Orders/Place': { policy: leastRequest() },
      '/orders.Orders/Cancel': { policy: leastRequest() },
      '/orders.Orders/List': { policy: roundRobin() },
    };
    expect(ownServiceConfig(undefined, { methods }).loadBalancingConfig).toEqual([
      instances(
        { weighted_round_robin: {} },
        { '{"least_request":{}}': leastRequest(), '{"round_robin":{}}': roundRobin() },
      ),
    ]);
  });

  it('reads fractions of a second', () => {
    const text = JSON.stringify({ methodConfig: [{ name: [{}], timeout: '0.25s' }] });
    expect(ownServiceConfig(text, none).methodConfig[0]?.timeout).toEqual({
      seconds: 0,
      nanos: 250_000_000,
    });
  });

  it('throws when the policy of the channel is unknown', () => {
    expect(() => ownServiceConfig(undefined, { ...none, policy: { least_often: {} } })).toThrow(
      'a policy: its name must be one of consistent_hash, filter_instances, least_request, ',
    );
  });

  it('throws if outlier detection is inside another policy or at a method', () => {
    const methods = { '/orders.Orders': { policy: outlierDetection(roundRobin()) } };
    expect(() => ownServiceConfig(undefined, { methods })).toThrow(
      'outlier_detection: its place must be',
    );
  });
});

describe('a published service config', () => {
  beforeAll(() => installBalancing());

  it.each([
    ['{', 'the published service config: it must be valid, but is not: '],
    ['{"methodConfig":[{}]}', 'Invalid method config: invalid name array'],
    ['{"loadBalancingConfig":[{"unknown":{}}]}', 'a policy: its name must be one of'],
    [
      '{"loadBalancingConfig":[{"least_request":{"choiceCount":0}}]}',
      'least_request: choiceCount must be an integer from 2 to 100, but is 0',
    ],
    [
      '{"loadBalancingConfig":[{"slow_start":{"windowMs":1000,"childPolicy":[{"random":{"x":1}}]}}]}',
      'random: each option must be one of none, but is "x"',
    ],
  ])('is refused when it is %s', (json, text) => {
    expect(() => publishedServiceConfig(json, none)).toThrow(text);
  });

  it('can be checked before it is published', () => {
    expect(() => assertServiceConfig('{"loadBalancingConfig":[{"random":{}}]}')).not.toThrow();
    expect(() => assertServiceConfig('{"loadBalancingConfig":{}}')).toThrow(InvalidPolicyError);
  });

  it('is used, except where settings of the channel override it', () => {
    const json = JSON.stringify({ loadBalancingConfig: [{ random: {} }], methodConfig: [] });
    expect(publishedServiceConfig(json, none).loadBalancingConfig).toEqual([
      instances({ random: {} }),
    ]);
    const own = { ...none, policy: roundRobin() };
    expect(publishedServiceConfig(json, own).loadBalancingConfig).toEqual([
      instances({ round_robin: {} }),
    ]);
  });
});
