import { describe, expect, it } from '@jest/globals';
import { connectivityState } from '@grpc/grpc-js';
import { CHANNEL_ARGS_CONFIG_SELECTOR_KEY, PickResultType } from '../grpc/experimental.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';

const [a, b, c] = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'] as const;

function connected(...addresses: string[]): ScriptedPolicy {
  const policy = new ScriptedPolicy();
  policy.list(addresses.map((address) => instanceAt(address)));
  for (const address of addresses) policy.channel.at(address).go('READY');
  policy.channel.takeStates();
  return policy;
}

describe('the base policy', () => {
  it('connects to every endpoint at once and queues calls until one is ready', () => {
    const policy = new ScriptedPolicy();
    const { channel } = policy;
    policy.list([instanceAt(a), instanceAt(b)]);
    expect(channel.subchannels.map(({ connects }) => connects)).toEqual([1, 1]);
    channel.at(a).go('CONNECTING');
    channel.at(b).go('CONNECTING');
    expect(channel.takeStates()).toEqual(['CONNECTING']);
    expect(channel.pick().pickResultType).toBe(PickResultType.QUEUE);
    channel.at(b).go('READY');
    expect(channel.takeStates()).toEqual(['READY']);
    expect(channel.picks(2)).toEqual([b, b]);
  });

  it('publishes a picker of both when a second endpoint becomes ready', () => {
    const { channel } = connected(a, b);
    expect(channel.picks(4)).toEqual([a, b, a, b]);
  });

  it('removes an endpoint from the rotation at once when it is not ready, and reconnects it', () => {
    const { channel } = connected(a, b);
    channel.at(a).go('IDLE');
    expect(channel.takeStates()).toEqual(['READY']);
    expect(channel.picks(2)).toEqual([b, b]);
    expect(channel.at(a).connects).toBe(2);
  });

  it('publishes nothing while an endpoint that is not ready changes its state', () => {
    const { channel } = connected(a, b);
    channel.at(a).go('IDLE');
    channel.takeStates();
    channel.at(a).go('CONNECTING');
    channel.at(a).go('TRANSIENT_FAILURE', 'refused');
    channel.at(a).go('CONNECTING');
    expect(channel.takeStates()).toEqual([]);
  });

  it('fails when every endpoint has failed, with the last error, and stays so while they retry', () => {
    const policy = new ScriptedPolicy();
    const { channel } = policy;
    policy.list([instanceAt(a), instanceAt(b)]);
    channel.at(a).go('TRANSIENT_FAILURE', 'refused');
    channel.at(a).go('CONNECTING');
    expect(channel.takeStates()).toEqual(['CONNECTING']);
    channel.at(b).go('TRANSIENT_FAILURE', 'no route');
    channel.at(b).go('IDLE');
    channel.at(b).go('CONNECTING');
    const text = `No connection to any of 2 instances of it. Last error: ${b}: no route`;
    expect(channel.takeStates()).toEqual([`TRANSIENT_FAILURE: ${text}`]);
    expect(channel.pick()).toMatchObject({
      pickResultType: PickResultType.TRANSIENT_FAILURE,
      status: { details: text },
    });
    channel.at(a).go('READY');
    expect(channel.takeStates()).toEqual(['READY']);
  });

  it('tries again after a failure without pausing in IDLE', () => {
    const policy = new ScriptedPolicy();
    policy.list([instanceAt(a)]);
    policy.channel.at(a).go('TRANSIENT_FAILURE', 'refused');
    expect(policy.channel.at(a).connects).toBe(2);
  });

  it('keeps the subchannels of addresses that stay in the list', () => {
    const policy = connected(a, b);
    policy.list([instanceAt(b), instanceAt(c)]);
    expect(policy.channel.subchannels.map(({ address }) => address)).toEqual([a, b, c]);
    expect(policy.channel.subchannels.map(({ refs }) => refs)).toEqual([0, 1, 1]);
    expect(policy.channel.picks(2)).toEqual([b, b]);
    policy.channel.at(c).go('READY');
    expect(policy.channel.picks(4).sort()).toEqual([b, b, c, c]);
  });

  it('starts with a subchannel that another channel has connected', () => {
    const policy = new ScriptedPolicy();
    policy.channel.initialState = connectivityState.READY;
    policy.list([instanceAt(a)]);
    expect(policy.channel.takeStates()).toEqual(['READY']);
  });

  it('applies a new weight to the endpoints it has', () => {
    const policy = connected(a, b);
    policy.list([instanceAt(a), instanceAt(b, { weight: 300 })]);
    expect(policy.channel.subchannels).toHaveLength(2);
    expect(policy.channel.takeStates()).toEqual(['READY']);
    expect(policy.channel.picks(8).filter((address) => address === b)).toHaveLength(6);
  });

  it('publishes no picker if an update changes no ready endpoint', () => {
    const policy = new ScriptedPolicy();
    const instances = [instanceAt(a), instanceAt(b)];
    policy.list(instances);
    policy.channel.at(a).go('READY');
    policy.channel.takeStates();
    policy.list([instances[0]!, instanceAt(b, { weight: 1 }), instanceAt(c)]);
    expect(policy.channel.takeStates()).toEqual([]);
  });

  it('keeps its list when the resolver reports an error', () => {
    const policy = connected(a);
    expect(policy.error('the registry is unreachable')).toBe(true);
    expect(policy.channel.takeStates()).toEqual([]);
    expect(policy.channel.picks(1)).toEqual([a]);
    policy.channel.at(a).go('TRANSIENT_FAILURE', 'refused');
    expect(policy.channel.takeStates()).toEqual([
      `TRANSIENT_FAILURE: No connection to the only instance of it. Last error: ${a}: refused`,
    ]);
  });

  it("fails with the resolver's error when it has no list", () => {
    const policy = new ScriptedPolicy();
    expect(policy.error('the registry is unreachable')).toBe(true);
    expect(policy.channel.takeStates()).toEqual(['TRANSIENT_FAILURE: the registry is unreachable']);
  });

  it('drops its list when the registry holds no instance', () => {
    const policy = connected(a, b);
    expect(policy.noInstance('none')).toBe(true);
    expect(policy.channel.takeStates()).toEqual(['TRANSIENT_FAILURE: none']);
    expect(policy.channel.subchannels.map(({ refs }) => refs)).toEqual([0, 0]);
    policy.list([instanceAt(a)]);
    expect(policy.channel.takeStates()).toEqual(['CONNECTING']);
  });

  it('fails with its own text if the list is empty without an error', () => {
    const policy = connected(a);
    policy.list([]);
    expect(policy.channel.takeStates()).toEqual(['TRANSIENT_FAILURE: No endpoint of it']);
  });

  it('treats an unhealthy endpoint as failing until it is healthy', () => {
    const { channel } = connected(a, b);
    channel.at(a).setHealthy(false);
    expect(channel.picks(2)).toEqual([b, b]);
    channel.at(a).setHealthy(true);
    expect(new Set(channel.picks(4))).toEqual(new Set([a, b]));
  });

  it('keeps attributes of the resolver out of the identity of subchannels', () => {
    const policy = new ScriptedPolicy();
    const args = { 'grpc.keepalive_time_ms': 1, [CHANNEL_ARGS_CONFIG_SELECTOR_KEY]: {} };
    policy.list([instanceAt(a)], args);
    policy.list([instanceAt(a), instanceAt(b)], { ...args, 'a.new.attribute': 1 });
    expect(policy.channel.subchannels.map((subchannel) => subchannel.args)).toEqual([
      { 'grpc.keepalive_time_ms': 1 },
      { 'grpc.keepalive_time_ms': 1 },
    ]);
  });

  it('refuses the config of another policy', () => {
    const { balancer } = new ScriptedPolicy();
    const other = { getLoadBalancerName: () => 'other', toJsonObject: () => ({}) };
    const endpoints = { ok: true as const, value: [] };
    expect(balancer.updateAddressList(endpoints, other, {}, '')).toBe(false);
  });

  it('leaves nothing behind when it is destroyed', () => {
    const policy = connected(a, b);
    policy.balancer.destroy();
    for (const { refs, listeners, healthListeners } of policy.channel.subchannels) {
      expect([refs, listeners.size, healthListeners.size]).toEqual([0, 0, 0]);
    }
    expect(policy.channel.channelzChildren).toBe(0);
    expect(policy.channel.takeStates()).toEqual([]);
  });

  it('never requests re-resolution: the watch delivers every change', () => {
    const { channel } = connected(a);
    channel.at(a).go('IDLE');
    channel.at(a).go('TRANSIENT_FAILURE', 'refused');
    expect(channel.reresolutions).toBe(0);
  });
});
