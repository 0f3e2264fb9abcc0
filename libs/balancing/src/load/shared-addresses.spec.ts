import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { instanceAt } from '../spec/instances.js';
import { realClock } from '../policies/policy.js';
import { SharedAddresses, type SharedAddress } from './shared-addresses.js';

const address = '10.0.0.1:1';
const worker = (id: string) => instanceAt(address, { id });
const other = instanceAt('10.0.0.2:1');

describe('an address that several instances have', () => {
  let told: SharedAddress[][];
  let shared: SharedAddresses;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    shared = new SharedAddresses(realClock, (them) => void told.push([...them]));
  });
  afterEach(() => {
    shared.close();
    jest.useRealTimers();
  });

  it('is told of once, after a minute, with all of its instances', () => {
    shared.see([worker('a'), other, worker('b'), worker('c')]);
    jest.advanceTimersByTime(59_999);
    expect([told, shared.isShared(address)]).toEqual([[], false]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual([[{ address, ids: ['a', 'b', 'c'] }]]);
    expect([shared.isShared(address), shared.isShared(other.address)]).toEqual([true, false]);
    shared.see([worker('a'), worker('b'), other]);
    jest.advanceTimersByTime(600_000);
    expect(told).toHaveLength(1);
  });

  it('is one call for all addresses that are shared', () => {
    const at = (port: number) => ['a', 'b'].map((id) => instanceAt(`10.0.0.1:${port}`, { id }));
    shared.see([1, 2, 3].flatMap(at));
    jest.advanceTimersByTime(600_000);
    expect(told.map((them) => them.length)).toEqual([3]);
  });

  it('is no news while it is that of a process and its predecessor, whose lease ends', () => {
    shared.see([worker('old'), worker('new')]);
    jest.advanceTimersByTime(10_000);
    shared.see([worker('new')]);
    jest.advanceTimersByTime(600_000);
    expect([told, shared.isShared(address)]).toEqual([[], false]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('counts as shared for a minute after one instance is left', () => {
    shared.see([worker('a'), worker('b')]);
    jest.advanceTimersByTime(60_000);
    shared.see([worker('a')]);
    jest.advanceTimersByTime(59_999);
    expect(shared.isShared(address)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(shared.isShared(address)).toBe(false);
  });

  it('leaves no timer behind when the channel closes', () => {
    shared.see([worker('a'), worker('b')]);
    shared.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});
