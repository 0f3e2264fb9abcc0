import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectivityState } from '@grpc/grpc-js';
import fc from 'fast-check';
import type { ServiceInstance } from '@grpc-discovery/registry';
import * as arbitrary from './spec/arbitraries.js';
import { PickResultType } from './grpc/experimental.js';
import { roundRobin } from './policies/round-robin.js';
import type { ScriptedSubchannel } from './spec/scripted-channel.js';
import { ScriptedService } from './spec/scripted-service.js';

fc.configureGlobal({ numRuns: 100 });

const { addresses } = arbitrary;
const NO_HOLD = { massRemoval: { holdMs: 0 } };

function reachable(instances: readonly ServiceInstance[]): Set<string> {
  return new Set(instances.map(({ address }) => address).filter((it) => addresses.includes(it)));
}
const isReady = ({ state, healthy }: ScriptedSubchannel) =>
  state === connectivityState.READY && healthy;
const addressesOf = (subchannels: readonly ScriptedSubchannel[]) =>
  new Set(subchannels.map(({ address }) => address));

/** Plays events on a service, and knows what its list must be. */
class Play {
  listed = new Set<string>();
  private readonly open: { end(): void }[] = [];

  constructor(readonly service: ScriptedService) {}

  play(event: arbitrary.Event): void {
    const { service } = this;
    switch (event.kind) {
      case 'live':
      case 'stale':
        service.watcher[event.kind](...event.instances);
        // Lists are paced.
        jest.advanceTimersByTime(50);
        this.listed = reachable(event.instances);
        return;
      case 'unavailable':
        return service.watcher.unavailable('unreachable');
      case 'state':
        return this.subchannel(event.index)?.go(event.to, 'an error');
      case 'all ready':
        return this.settle();
      case 'health':
        return this.subchannel(event.index)?.setHealthy(event.isHealthy);
      case 'calls':
        return this.call(event.count, event.end);
      case 'time':
        jest.advanceTimersByTime(event.ms);
    }
  }

  get ready(): ScriptedSubchannel[] {
    return this.service.used.filter(isReady);
  }

  /** Makes all ready, as in the end they are. */
  settle(): void {
    for (const subchannel of this.service.used) {
      subchannel.setHealthy(true);
      subchannel.go('READY');
    }
  }

  private subchannel(index: number): ScriptedSubchannel | undefined {
    const { used } = this.service;
    return used[index % used.length];
  }

  private call(count: number, end: boolean): void {
    const { channel } = this.service;
    if (!channel.picker) return;
    for (let i = 0; i < count; i++) this.open.push(channel.call());
    if (end) for (const call of this.open.splice(0)) call.end();
  }
}

describe('any sequence of lists, states and calls', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('keeps a subchannel to each listed address, and never reports an empty list', () => {
    fc.assert(
      fc.property(arbitrary.unselectivePolicy, arbitrary.events, (policy, events) => {
        const play = new Play(new ScriptedService({ policy, ...NO_HOLD }));
        for (const event of events) {
          play.play(event);
          expect(addressesOf(play.service.used)).toEqual(play.listed);
          expect(play.service.used).toHaveLength(play.listed.size);
        }
        expect(play.service.listSizes).not.toContain(0);
        play.service.destroy();
      }),
    );
  });

  it('sends each call to a ready endpoint, if there is one', () => {
    fc.assert(
      fc.property(arbitrary.policy, arbitrary.events, (policy, events) => {
        const play = new Play(new ScriptedService({ policy }));
        for (const event of events) {
          play.play(event);
          const ready = addressesOf(play.ready);
          if (ready.size === 0) continue;
          const { pickResultType, subchannel } = play.service.channel.pick();
          expect(pickResultType).toBe(PickResultType.COMPLETE);
          expect(ready).toContain(subchannel?.getAddress());
        }
        play.service.destroy();
      }),
    );
  });

  it('gives every ready endpoint a turn, unless its weight is 0', () => {
    fc.assert(
      fc.property(arbitrary.events, arbitrary.list, (events, last) => {
        const play = new Play(new ScriptedService({ policy: roundRobin(), ...NO_HOLD }));
        for (const event of events) play.play(event);
        const instances = last.map((it) => ({ ...it, weight: 1 }));
        play.play({ kind: 'live', instances });
        play.settle();
        fc.pre(play.listed.size > 0);
        const picks = play.service.channel.picks(play.listed.size);
        expect(new Set(picks)).toEqual(play.listed);
        play.service.destroy();
      }),
    );
  });

  it('ends in the same state, whatever came between', () => {
    const { events, list, unselectivePolicy } = arbitrary;
    fc.assert(
      fc.property(unselectivePolicy, events, events, list, (policy, one, other, last) => {
        const ends = [one, other].map((between) => {
          const play = new Play(new ScriptedService({ policy, ...NO_HOLD }));
          for (const event of between) play.play(event);
          play.play({ kind: 'live', instances: last });
          play.settle();
          const { used, channel } = play.service;
          const picked = play.listed.size > 0 && channel.pick().pickResultType;
          const end = [addressesOf(used), used.length, channel.states.at(-1), picked];
          play.service.destroy();
          return end;
        });
        expect(ends[0]).toEqual(ends[1]);
      }),
    );
  });

  it('holds nothing that is neither listed nor ready, and only what is listed after the hold', () => {
    fc.assert(
      fc.property(arbitrary.unselectivePolicy, arbitrary.events, (policy, events) => {
        const play = new Play(new ScriptedService({ policy }));
        for (const event of events) {
          play.play(event);
          const { used } = play.service;
          const held = used.filter(({ address }) => !play.listed.has(address));
          expect(held.every(isReady)).toBe(true);
          expect(used).toHaveLength(play.listed.size + held.length);
        }
        jest.advanceTimersByTime(30_000);
        expect(addressesOf(play.service.used)).toEqual(play.listed);
        play.service.destroy();
      }),
    );
  });

  it('leaves nothing behind', () => {
    fc.assert(
      fc.property(arbitrary.policy, arbitrary.events, (policy, events) => {
        const play = new Play(new ScriptedService({ policy }));
        for (const event of events) play.play(event);
        play.service.destroy();
        const { channel, watcher, config } = play.service;
        for (const { refs, listeners, healthListeners } of channel.subchannels) {
          expect([refs, listeners.size, healthListeners.size]).toEqual([0, 0, 0]);
        }
        expect([channel.channelzChildren, watcher.watches, config.watches]).toEqual([0, 0, 0]);
        jest.advanceTimersByTime(1);
        expect(jest.getTimerCount()).toBe(0);
      }),
    );
  });
});
