import { beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedClock } from '../spec/scripted-clock.js';
import { LeaseTable, maxTtl } from './lease-table.js';

describe('LeaseTable', () => {
  let clock: ScriptedClock;
  let table: LeaseTable;
  let expired: string[];

  beforeEach(() => {
    clock = new ScriptedClock();
    expired = [];
    table = new LeaseTable(clock, (id) => {
      expired.push(`${id} at ${clock.now()}`);
      table.remove(id);
    });
  });

  it('lets each lease expire at its time, in order', () => {
    table.grant(10, '1');
    table.grant(5, '2');
    table.grant(7, '3');
    clock.advance(20_000);
    expect(expired).toEqual(['2 at 5000', '3 at 7000', '1 at 10000']);
  });

  it('gives a renewed lease its full TTL again', () => {
    table.grant(10, '1');
    clock.advance(9999);
    table.renew('1');
    clock.advance(9999);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(['1 at 19999']);
  });

  it('tells whole seconds that are left, and -1 for an unknown lease', () => {
    table.grant(10, '1');
    clock.advance(1);
    expect(table.remaining('1')).toBe(9);
    expect(table.remaining('2')).toBe(-1);
  });

  it('waits for the longest TTL there is', () => {
    table.grant(maxTtl, '1');
    clock.advance(maxTtl * 1000 - 1);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toHaveLength(1);
  });

  it('chooses an id for a lease that has none', () => {
    const ids = [table.grant(10, '0').id, table.grant(10, '0').id];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(BigInt(id)).toBeGreaterThan(0n);
  });

  it('moves a key from lease to lease', () => {
    table.grant(10, '1');
    table.grant(10, '2');
    table.move('k', '0', '1');
    table.move('k', '1', '2');
    expect([...table.get('1')!.keys]).toEqual([]);
    expect([...table.get('2')!.keys]).toEqual(['k']);
  });

  it('has one timer for many leases, and none once it is stopped', () => {
    for (let i = 1; i <= 100; i++) table.grant(1 + i, String(i));
    expect(clock.pendingTimers).toBe(1);
    table.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
