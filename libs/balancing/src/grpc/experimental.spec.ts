import { describe, expect, it } from '@jest/globals';
import { experimental } from '@grpc/grpc-js';
import * as door from './experimental.js';

describe("grpc-js's experimental surface", () => {
  it.each([
    ['registerResolver', 2],
    ['registerLoadBalancerType', 3],
    ['isLoadBalancerNameRegistered', 1],
    ['parseLoadBalancingConfig', 1],
    ['parseDuration', 1],
    ['splitHostPort', 1],
    ['statusOrFromValue', 1],
    ['subchannelAddressToString', 1],
  ] as const)('has the function %s with %i parameters', (name, parameters) => {
    expect(typeof experimental[name]).toBe('function');
    expect(experimental[name]).toHaveLength(parameters);
  });

  it('has the keys that resolver and channel share', () => {
    expect(experimental.CHANNEL_ARGS_CONFIG_SELECTOR_KEY).toBe('grpc.internal.config_selector');
    expect(experimental.SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX).toBe('grpc.internal.no_subchannel');
  });

  it('has four types of pick results', () => {
    const { COMPLETE, QUEUE, TRANSIENT_FAILURE, DROP } = experimental.PickResultType;
    expect({ COMPLETE, QUEUE, TRANSIENT_FAILURE, DROP }).toEqual({
      COMPLETE: 0,
      QUEUE: 1,
      TRANSIENT_FAILURE: 2,
      DROP: 3,
    });
  });

  it('wraps values as the resolver listener of 1.14 expects them', () => {
    expect(experimental.statusOrFromValue('x')).toEqual({ ok: true, value: 'x' });
  });

  it('splits addresses, also of IPv6', () => {
    expect(experimental.splitHostPort('[::1]:50051')).toEqual({ host: '::1', port: 50051 });
    expect(experimental.splitHostPort('greeter:50051')).toEqual({ host: 'greeter', port: 50051 });
  });

  it('exports nothing undefined', () => {
    expect(Object.values(door)).not.toContain(undefined);
  });
});
