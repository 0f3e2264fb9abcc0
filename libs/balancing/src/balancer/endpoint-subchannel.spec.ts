import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { BALANCER_SETTINGS_KEY } from '../grpc/channel-args.js';
import { BalancerSettings } from './balancer-settings.js';

const address = '10.0.0.1:1';
const args = {
  [BALANCER_SETTINGS_KEY]: new BalancerSettings({ connectTimeoutMs: 5_000 }),
};

describe('an attempt to connect that never ends', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function hanging(): ScriptedPolicy {
    const policy = new ScriptedPolicy();
    policy.list([instanceAt(address)], args);
    policy.channel.at(address).go('CONNECTING');
    policy.channel.takeStates();
    return policy;
  }

  it('is replaced after the timeout by one on a fresh subchannel', () => {
    const { balancer, channel } = hanging();
    jest.advanceTimersByTime(4_999);
    expect(channel.subchannels).toHaveLength(1);
    jest.advanceTimersByTime(1);
    const [hung, fresh] = channel.subchannels;
    expect([hung!.refs, hung!.listeners.size]).toEqual([0, 0]);
    expect([fresh!.refs, fresh!.connects]).toEqual([1, 1]);
    expect(fresh!.args).not.toEqual(hung!.args);
    expect(channel.takeStates()).toEqual([
      `TRANSIENT_FAILURE: No connection to the only instance of it. Last error: ${address}: no HTTP/2 connection within 5000 ms`,
    ]);
    fresh!.go('CONNECTING');
    fresh!.go('READY');
    expect(channel.takeStates()).toEqual(['READY']);
    balancer.destroy();
  });

  it('is replaced again and again', () => {
    const { balancer, channel } = hanging();
    for (let i = 0; i < 3; i++) {
      jest.advanceTimersByTime(5_000);
      channel.at(address).go('CONNECTING');
    }
    expect(channel.subchannels).toHaveLength(4);
    expect(channel.subchannels.map(({ refs }) => refs)).toEqual([0, 0, 0, 1]);
    balancer.destroy();
  });

  it('is not replaced if it succeeds, fails or is no longer needed in time', () => {
    for (const end of ['READY', 'TRANSIENT_FAILURE', 'IDLE'] as const) {
      const { channel, balancer } = hanging();
      channel.at(address).go(end);
      expect(jest.getTimerCount()).toBe(0);
      balancer.destroy();
    }
    const policy = hanging();
    policy.noInstance('none');
    expect(jest.getTimerCount()).toBe(0);
    expect(policy.channel.subchannels).toHaveLength(1);
  });
});
