import { beforeAll, describe, expect, it } from '@jest/globals';
import { installBalancing } from '../install.js';
import { discoveryServiceConfig } from './service-config.js';

const ours = { 'grpc_discovery.weighted_round_robin': {} };

describe('the service config of a discovery channel', () => {
  beforeAll(() => installBalancing());

  it('is weighted round robin when nothing is configured', () => {
    expect(discoveryServiceConfig(undefined, undefined)).toEqual({
      loadBalancingConfig: [ours],
      methodConfig: [],
    });
  });

  it('takes the standard name of a policy for the one of this package', () => {
    const text = JSON.stringify({ loadBalancingConfig: [{ weighted_round_robin: {} }] });
    expect(discoveryServiceConfig(text, undefined).loadBalancingConfig[0]).toEqual(ours);
  });

  it.each(['childPolicy', 'child_policy'])(
    'takes the standard name of a policy for ours in the %s of another, too',
    (key) => {
      const parent = (child: object) => ({ outlier_detection: { interval: '1s', [key]: [child] } });
      const text = JSON.stringify({ loadBalancingConfig: [parent({ weighted_round_robin: {} })] });
      expect(discoveryServiceConfig(text, undefined).loadBalancingConfig[0]).toEqual(parent(ours));
    },
  );

  it('ends with weighted round robin, where grpc-js would end with pick_first', () => {
    const text = JSON.stringify({ loadBalancingConfig: [{ unknown_policy: {} }] });
    expect(discoveryServiceConfig(text, undefined).loadBalancingConfig).toEqual([
      { unknown_policy: {} },
      ours,
    ]);
  });

  it('prefers the policy of the channel and keeps the rest of the text', () => {
    const retryThrottling = { maxTokens: 10, tokenRatio: 0.1 };
    const name = [{ service: 'helloworld.Greeter' }];
    const text = JSON.stringify({
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: [{ name, timeout: '1s' }],
      retryThrottling,
    });
    expect(discoveryServiceConfig(text, { weighted_round_robin: {} })).toEqual({
      loadBalancingConfig: [ours, ours],
      methodConfig: [{ name, timeout: { seconds: 1, nanos: 0 } }],
      retryThrottling,
    });
  });

  it('reads fractions of a second', () => {
    const text = JSON.stringify({ methodConfig: [{ name: [{}], timeout: '0.25s' }] });
    expect(discoveryServiceConfig(text, undefined).methodConfig[0]?.timeout).toEqual({
      seconds: 0,
      nanos: 250_000_000,
    });
  });

  it('throws when the policy of the channel is unknown', () => {
    expect(() => discoveryServiceConfig(undefined, { least_often: {} })).toThrow(
      'Unrecognized load balancing config name least_often',
    );
  });
});
