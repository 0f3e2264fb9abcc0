import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { instanceAt } from '../spec/instances.js';
import { realClock } from '../policies/policy.js';
import { SharedAddresses, type SharedAddress } from './shared-addresses.js';

const address = '10.0.0.1:1';
const worker = (id: string) => instanceAt(address, { id });
const other = instanceAt('10.0.0.2:1');

describe('an address that several instances have', () => {
  let reports: SharedAddress[][];
  let shared: SharedAddresses;

  beforeEach(() => {
    jest.useFakeTimers();
    reports = [];
    shared = new SharedAddresses(realClock, (them) => void reports.push([...them]));
  });
  afterEach(() => {
    shared.close();
    jest.useRealTimers();
  });

  it('is reported once, after a minute, with all of its instances', () => {
    shared.see([worker('a'), other, worker('b'), worker('c')]);
    jest.advanceTimersByTime(59_999);
    expect([reports, shared.isShared(address)]).toEqual([[], false]);
    jest.advanceTimersByTime(1);
    expect(reports).toEqual([[{ address, ids: ['a', 'b', 'c'] }]]);
    expect([shared.isShared(address), shared.isShared(other.address)]).toEqual([true, false]);
    shared.see([worker('a'), worker('b'), other]);
    jest.advanceTimersByTime(600_000);
    expect(reports).toHaveLength(1);
  });

  it('is reported in one call with all other shared addresses', () => {
    const at = (port: number) => ['a', 'b'].map((id) => instanceAt(`10.0.0.1:${port}`, { id }));
    shared.see([1, 2, 3].flatMap(at));
    jest.advanceTimersByTime(600_000);
    expect(reports.map((them) => them.length)).toEqual([3]);
  });

  it('is not reported if it belongs to a process and its predecessor, whose lease expires', () => {
    shared.see([worker('old'), worker('new')]);
    jest.advanceTimersByTime(10_000);
    shared.see([worker('new')]);
    jest.advanceTimersByTime(600_000);
    expect([reports, shared.isShared(address)]).toEqual([[], false]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('counts as shared for a minute after only one instance is left', () => {
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
