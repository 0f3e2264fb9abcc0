import { describe, expect, it } from '@jest/globals';
import { discoveryChannelOptions } from '../channel-options.js';
import { installBalancing } from '../install.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { ScriptedWatcher } from '../spec/scripted-watcher.js';
import { PINGS_LABEL } from './subchannel-factory.js';

const permitting = instanceAt('10.0.0.1:1', { metadata: PINGS_LABEL });
const unknown = instanceAt('10.0.0.2:1');
const other = instanceAt('10.0.0.3:1', { metadata: { 'grpc.pings': 'refused' } });

/** Milliseconds between the pings to each of these. */
function pingsOf(channelOptions: object): unknown[] {
  installBalancing();
  const watcher = new ScriptedWatcher();
  const args = discoveryChannelOptions({ watcher, channelOptions });
  const policy = new ScriptedPolicy();
  policy.list([permitting, unknown, other], args);
  const pings = [permitting, unknown, other].map(({ address }) => {
    const options = policy.channel.at(address).args as Record<string, unknown>;
    return options['grpc.keepalive_time_ms'];
  });
  policy.balancer.destroy();
  return pings;
}

describe('the subchannels of a channel', () => {
  it('are pinged often only if their servers are known to permit it', () => {
    expect(pingsOf({})).toEqual([10_000, 300_000, 300_000]);
  });

  it('are pinged as often as the application configures', () => {
    expect(pingsOf({ 'grpc.keepalive_time_ms': 60_000 })).toEqual([60_000, 60_000, 60_000]);
  });
});
