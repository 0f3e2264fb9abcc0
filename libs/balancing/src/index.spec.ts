import { describe, expect, it } from '@jest/globals';
import { experimental } from '@grpc/grpc-js';
import * as api from './index.js';
import { ScriptedWatcher } from './spec/scripted-watcher.js';
import { BALANCER_SETTINGS_KEY } from './grpc/channel-args.js';

describe('the package', () => {
  it('registers nothing with grpc-js when it is imported', () => {
    expect(registered()).toBe(false);
    const watcher = new ScriptedWatcher();
    expect(() => api.discoveryChannelOptions({ watcher })).toThrow('call installBalancing() first');
    api.installBalancing();
    api.installBalancing();
    expect(registered()).toBe(true);
  });

  it('exports these names and no others', () => {
    expect(Object.keys(api)).toEqual([
      'InvalidPolicyError',
      'MAX_DURATION_MS',
      'PINGS_LABEL',
      'UnsupportedGrpcJsError',
      'assertServiceConfig',
      'consistentHash',
      'describeChannel',
      'discoveryChannel',
      'discoveryChannelOptions',
      'discoveryTarget',
      'durationMsForm',
      'explainCall',
      'filterInstances',
      'installBalancing',
      'isDurationMs',
      'leastRequest',
      'outlierDetection',
      'pickFirst',
      'preferLocality',
      'random',
      'reportUtilization',
      'roundRobin',
      'slowStart',
      'subset',
      'updateOwnConfig',
      'weightedRoundRobin',
      'withCallValues',
      'withHashKey',
    ]);
  });

  it('makes policy configs that survive JSON', () => {
    expect(JSON.stringify(api.weightedRoundRobin())).toBe('{"weighted_round_robin":{}}');
  });

  it('makes targets of service names, and of nothing else', () => {
    expect(api.discoveryTarget('shop.orders-2')).toBe('etcd:///shop.orders-2');
    for (const name of ['', 'a/b', '.greeter', 'greeter ', 'a:1', 'a'.repeat(129)]) {
      expect(() => api.discoveryTarget(name)).toThrow(TypeError);
    }
  });

  it('makes channel options with its defaults, which the given options override', () => {
    const options = api.discoveryChannelOptions({
      watcher: new ScriptedWatcher(),
      channelOptions: { 'grpc.keepalive_time_ms': 60_000 },
    });
    expect(options).toMatchObject({
      'grpc.enable_channelz': 0,
      'grpc.keepalive_time_ms': 60_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.keepalive_permit_without_calls': 1,
    });
  });

  it('makes channel options that grpc-js can print when it traces', () => {
    const options = api.discoveryChannelOptions({ watcher: new ScriptedWatcher() });
    expect(JSON.parse(JSON.stringify(options))).toMatchObject({
      [BALANCER_SETTINGS_KEY]: { connectTimeoutMs: 20_000 },
    });
  });
});

function registered(): boolean {
  return experimental.isLoadBalancerNameRegistered('grpc_discovery.instances');
}
