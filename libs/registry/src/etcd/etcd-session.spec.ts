import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settled } from '../spec/fake-clock.js';
import { FakeConnection, silent, unavailable } from '../spec/fake-etcd.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import type { EtcdConnection } from './etcd-connection.js';
import { EtcdFailure } from './etcd-failure.js';
import { EtcdSession } from './etcd-session.js';

const read = (connection: EtcdConnection, timeoutMs: number) =>
  connection.range({ key: '/x' }, timeoutMs);

describe('EtcdSession', () => {
  let clock: FakeClock;
  let logger: RecordedLogger;
  let opened: FakeConnection[];
  let failing: Map<string, EtcdFailure>;

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordedLogger();
    opened = [];
    failing = new Map();
  });

  function session(...hosts: string[]): EtcdSession {
    return new EtcdSession({
      hosts,
      probeKey: '/discovery/epoch',
      connect(host) {
        const connection = new FakeConnection(host);
        connection.failure = failing.get(host);
        opened.push(connection);
        return connection;
      },
      clock,
      // Leaves the order of the hosts as it is.
      random: () => 0.999,
      logger,
    });
  }

  it('opens nothing before the first call', () => {
    session('a');
    expect(opened).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it('stays with an endpoint that answers', async () => {
    const etcd = session('a', 'b');
    await etcd.call(read);
    await etcd.call(read);
    expect(opened.map(({ host }) => host)).toEqual(['a']);
  });

  it('goes on to the next endpoint and drops the connection that failed', async () => {
    failing.set('a', silent());
    const etcd = session('a', 'b');
    const call = etcd.call(read);
    await clock.advance(150);
    await call;
    expect(opened.map(({ host, closed }) => [host, closed])).toEqual([
      ['a', true],
      ['b', false],
    ]);
    await etcd.call(read);
    expect(opened).toHaveLength(2);
    expect(logger.lines).toEqual([]);
  });

  it('gives a call the shorter limit over a connection that has answered, and the longer over a fresh one', async () => {
    const etcd = session('a');
    const limits: number[] = [];
    const slow = () =>
      etcd.call(
        (connection, timeoutMs) => {
          limits.push(timeoutMs);
          if (limits.length === 2) throw silent();
          return read(connection, timeoutMs);
        },
        { provenTryMs: 1_000 },
      );
    await slow();
    const second = slow();
    await clock.advance(150);
    await second;
    await slow();
    expect(limits).toEqual([1_500, 1_000, 1_500, 1_000]);
  });

  it('gives less time to a fresh connection where there are other hosts', async () => {
    const etcd = session('a', 'b');
    const limits: number[] = [];
    const note = (connection: EtcdConnection, timeoutMs: number) => {
      limits.push(timeoutMs);
      return read(connection, timeoutMs);
    };
    await etcd.call(note);
    await etcd.call(note);
    expect(limits).toEqual([1_000, 1_500]);
  });

  it('tells at once that an endpoint is not trusted, and goes to another over a fresh connection then', async () => {
    failing.set('a', new EtcdFailure('untrusted', 'self-signed certificate'));
    const etcd = session('a', 'b');
    await expect(etcd.call(read)).rejects.toMatchObject({ kind: 'untrusted' });
    await etcd.call(read);
    expect(opened.map(({ host, closed }) => [host, closed])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  it.each([
    ['untrusted', 'self-signed certificate'],
    ['unknown-user', 'authentication failed'],
  ] as const)(
    'tells once for all calls that it is %s, and when it no longer is',
    async (kind, text) => {
      failing.set('a', new EtcdFailure(kind, text));
      const etcd = session('a');
      for (let i = 0; i < 3; i++) await expect(etcd.call(read)).rejects.toMatchObject({ kind });
      expect(logger.lines).toEqual([
        expect.stringContaining(`should let this process in, but does not (${text})`),
      ]);
      expect(etcd.down).toBe(false);
      failing.clear();
      for (const connection of opened) connection.failure = undefined;
      await etcd.call(read);
      await etcd.call(read);
      expect(logger.lines.slice(1)).toEqual([
        expect.stringContaining('lets this process in again'),
      ]);
    },
  );

  it('tries a single endpoint again over a fresh connection', async () => {
    const etcd = session('a');
    await etcd.call(read);
    if (opened[0]) opened[0].failure = unavailable();
    const call = etcd.call(read);
    await clock.advance(150);
    await call;
    expect(opened).toHaveLength(2);
  });

  it('blames no endpoint that says no', async () => {
    failing.set('a', new EtcdFailure('refused', 'permission denied'));
    const etcd = session('a', 'b');
    await expect(etcd.call(read)).rejects.toMatchObject({ kind: 'refused' });
    expect(opened.map(({ host, closed }) => [host, closed])).toEqual([['a', false]]);
    expect(etcd.down).toBe(false);
  });

  it('gets a new token over a new connection to the same endpoint', async () => {
    const etcd = session('a', 'b');
    await etcd.call(read);
    if (opened[0]) opened[0].failure = new EtcdFailure('unauthenticated', 'invalid auth token');
    const call = etcd.call(read);
    await clock.advance(1_000);
    await call;
    expect(opened.map(({ host }) => host)).toEqual(['a', 'a']);
  });

  it('knocks for all who wait at most 5 times a second, tells once, and wakes them', async () => {
    failing.set('a', unavailable());
    const etcd = session('a');
    const calls = Array.from({ length: 50 }, () =>
      etcd.call(read).catch((error: unknown) => error),
    );
    await clock.advance(150);
    await Promise.all(calls);
    expect(etcd.down).toBe(true);
    const before = opened.length;
    const waiting = Promise.all(Array.from({ length: 50 }, () => etcd.recovered()));
    await clock.advance(60_000);
    expect(opened.length - before).toBeGreaterThan(30);
    expect(opened.length - before).toBeLessThan(180);
    expect(logger.lines).toHaveLength(1);
    failing.clear();
    await clock.advance(1_000);
    await waiting;
    expect(etcd.down).toBe(false);
    expect(logger.lines[1]).toContain('answers again');
  });

  it('fails a call within its budget while etcd is away', async () => {
    failing.set('a', unavailable());
    const etcd = session('a');
    const first = etcd.call(read).catch(() => undefined);
    await clock.advance(150);
    await first;
    let failed = false;
    const call = etcd.call(read).catch(() => (failed = true));
    await clock.advance(6_150);
    await call;
    expect(failed).toBe(true);
  });

  it('rejects calls, wakes who waits and sets no timer once closed', async () => {
    failing.set('a', unavailable());
    const etcd = session('a');
    const call = etcd.call(read).catch(() => undefined);
    await clock.advance(150);
    await call;
    const waiting = etcd.recovered();
    etcd.close();
    etcd.close();
    await waiting;
    await settled();
    expect(clock.pending).toBe(0);
    await expect(etcd.call(read)).rejects.toMatchObject({ kind: 'closed' });
    expect(() => etcd.stream()).toThrow('closed');
  });
});
