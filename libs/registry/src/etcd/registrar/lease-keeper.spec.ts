import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../registry.js';
import { FakeClock } from '../../spec/fake-clock.js';
import { FakeConnection, unavailable } from '../../spec/fake-etcd.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { EtcdSession } from '../session/etcd-session.js';
import { LeaseKeeper } from './lease-keeper.js';

describe('LeaseKeeper', () => {
  let clock: FakeClock;
  let opened: FakeConnection[];
  let lost: number;
  /** What calls over a fresh connection fail with. */
  let failure: EtcdFailure | undefined;
  let keeper: LeaseKeeper;
  let session: EtcdSession;

  beforeEach(() => create(['a']));

  function create(hosts: string[]): void {
    clock = new FakeClock();
    opened = [];
    lost = 0;
    failure = undefined;
    const random = () => 0.5;
    session = new EtcdSession({
      hosts,
      probeKey: '/discovery/epoch',
      connect(host) {
        const fresh = new FakeConnection(host);
        fresh.failure = failure;
        opened.push(fresh);
        return fresh;
      },
      clock,
      random,
      logger: silentLogger,
    });
    const onLost = () => void lost++;
    keeper = new LeaseKeeper({ session, clock, random }, 10, onLost);
  }

  const connection = () => opened.at(-1)!;
  const stream = () => connection().keepAlives.at(-1);
  const answer = (ttlSeconds = 10) => stream()?.message({ id: 'lease-1', ttlSeconds });

  it('grants once and keeps the lease with one question every quarter of its TTL', async () => {
    expect(await keeper.acquire()).toBe('lease-1');
    expect(await keeper.acquire()).toBe('lease-1');
    for (let i = 0; i < 20; i++) {
      await clock.advance(2_500);
      answer();
    }
    expect(connection().calls).toEqual(['grant']);
    expect(connection().keepAlives).toHaveLength(1);
    expect(stream()?.asked).toHaveLength(20);
    expect(lost).toBe(0);
  });

  it('takes another stream over a fresh connection when a question is not answered', async () => {
    await keeper.acquire();
    await clock.advance(2_500 + 1_500);
    expect(opened[0]?.closed).toBe(true);
    await clock.advance(300);
    expect(opened).toHaveLength(2);
    answer();
    await clock.advance(2_500);
    expect(stream()?.asked).toEqual(['lease-1', 'lease-1']);
    expect(lost).toBe(0);
  });

  it('tries at least every half second over a link that is cut again and again', async () => {
    await keeper.acquire();
    await clock.advance(2_500);
    const triesAt: number[] = [];
    while (lost === 0) {
      if (stream()?.over === false) {
        triesAt.push(clock.now());
        stream()?.end(unavailable());
      }
      await clock.advance(10);
    }
    const pauses = triesAt.slice(1).map((at, i) => at - (triesAt[i] ?? 0));
    expect(pauses.length).toBeGreaterThan(12);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(520);
  });

  it('gives a connection that says nothing the less time, the less is left of the lease', async () => {
    await keeper.acquire();
    await clock.advance(2_500);
    const triedAt = new Set<number>();
    while (lost === 0) {
      if (stream()?.over === false && stream()?.asked.length === 1) triedAt.add(opened.length);
      await clock.advance(10);
    }
    // At 1.5 s a try there would be 4 of them.
    expect(triedAt.size).toBeGreaterThanOrEqual(5);
  });

  it('tries each other endpoint at once', async () => {
    create(['a', 'b', 'c']);
    await keeper.acquire();
    await clock.advance(2_500);
    for (let i = 0; i < 2; i++) {
      stream()?.end(unavailable());
      await clock.advance(150);
    }
    expect(new Set(opened.map(({ host }) => host))).toEqual(new Set(['a', 'b', 'c']));
    answer();
    await clock.advance(9_000);
    expect(lost).toBe(0);
  });

  it('reports the lease as lost after one TTL without an answer, and grants again on request', async () => {
    await keeper.acquire();
    await clock.advance(9_999);
    expect(lost).toBe(0);
    await clock.advance(1);
    expect(lost).toBe(1);
    expect(keeper.holds('lease-1')).toBe(false);
    await keeper.acquire();
    expect(connection().count('grant')).toBeGreaterThan(0);
  });

  it('reports the lease as lost as soon as etcd no longer knows it', async () => {
    await keeper.acquire();
    await clock.advance(2_500);
    answer(0);
    await clock.advance(0);
    expect(lost).toBe(1);
    const asked = stream()?.asked.length;
    await clock.advance(60_000);
    expect(stream()?.asked).toHaveLength(asked ?? -1);
    expect(clock.pending).toBe(0);
  });

  it('reports the lease as lost when a put did not find it', async () => {
    await keeper.acquire();
    keeper.refused('lease-0');
    expect(lost).toBe(0);
    keeper.refused('lease-1');
    expect(lost).toBe(1);
  });

  it('revokes without calling it a loss, also when etcd knows the lease no more', async () => {
    await keeper.acquire();
    connection().failure = new EtcdFailure('lease-not-found', 'requested lease not found');
    await keeper.revoke();
    expect(connection().calls).toEqual(['grant', 'revoke']);
    expect(lost).toBe(0);
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  it('rejects a revoke that fails and grants nothing once it was closed', async () => {
    await keeper.acquire();
    // A fresh connection is tried as well.
    failure = connection().failure = unavailable();
    const closing = keeper.close().catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await closing).toMatchObject({ kind: 'unavailable' });
    expect(lost).toBe(0);
  });
});
