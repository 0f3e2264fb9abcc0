import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settled } from '../../spec/fake-clock.js';
import { FakeConnection, silent, slow, unavailable } from '../../spec/fake-etcd.js';
import { RecordedLogger } from '../../spec/recorded-logger.js';
import { Deferred } from '../../timing/wait.js';
import type { EtcdConnection } from '../client/etcd-connection.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { EtcdSession } from './etcd-session.js';

const read = (connection: EtcdConnection, timeoutMs: number) =>
  connection.range({ key: '/x' }, timeoutMs);

describe('EtcdSession', () => {
  let clock: FakeClock;
  let logger: RecordedLogger;
  let opened: FakeConnection[];
  let failing: Map<string, EtcdFailure>;
  let connected: () => Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordedLogger();
    opened = [];
    failing = new Map();
    connected = () => Promise.resolve();
  });

  function session(...hosts: string[]): EtcdSession {
    return new EtcdSession({
      hosts,
      probeKey: '/discovery/epoch',
      connect(host) {
        const connection = new FakeConnection(host);
        connection.failure = failing.get(host);
        connection.connected = connected();
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
    // Twice the time for the one that was silent.
    expect(limits).toEqual([1_500, 1_000, 3_000, 1_000]);
  });

  describe('when a connection does not come about', () => {
    let connecting: Deferred<void>[];

    beforeEach(() => {
      connecting = [];
      connected = () => {
        const deferred = new Deferred<void>();
        connecting.push(deferred);
        return deferred.promise;
      };
    });

    it('goes on to the next host after 1 s', async () => {
      const etcd = session('a', 'b');
      const call = etcd.call(read);
      await clock.advance(1_000);
      expect(opened.map(({ host }) => host)).toEqual(['a']);
      await clock.advance(150);
      expect(opened.map(({ host }) => host)).toEqual(['a', 'b']);
      connecting[1]?.resolve();
      await call;
    });

    it('retries a single host every 1.5 s, and uses the first connection to succeed', async () => {
      const etcd = session('a');
      const call = etcd.call(read);
      await clock.advance(3_300);
      expect(opened).toHaveLength(3);
      expect(opened.some(({ closed }) => closed)).toBe(false);
      connecting[0]?.resolve();
      await call;
      expect(opened.map(({ closed }) => closed)).toEqual([false, true, true]);
      expect(opened[0]?.calls).toEqual(['range']);
      expect(logger.lines).toEqual([]);
      etcd.close();
      expect(clock.pending).toBe(0);
    });

    it('keeps at most 3 late connections beside the newest, each for 10 s', async () => {
      const etcd = session('a');
      const call = etcd.call(read).catch((error: unknown) => error);
      await clock.advance(60_000);
      expect(await call).toMatchObject({ kind: 'silent' });
      expect(opened.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(4);
      etcd.close();
      await clock.advance(0);
      expect(opened.every(({ closed }) => closed)).toBe(true);
      expect(clock.pending).toBe(0);
    });

    it('gives answers the more time the longer the connection took, until they turn out to be quick', async () => {
      const etcd = session('a');
      const limits: number[] = [];
      const note = (connection: EtcdConnection, timeoutMs: number) => {
        limits.push(timeoutMs);
        return read(connection, timeoutMs);
      };
      const first = etcd.call(note);
      await clock.advance(1_400);
      connecting[0]?.resolve();
      await first;
      expect(limits).toEqual([3_500]);
      for (let i = 0; i < 10; i++) await etcd.call(note);
      expect(limits.at(-1)).toBe(1_500);
    });
  });

  it('closes a connection that nothing has used for 30 s, unless it carries a stream', async () => {
    const etcd = session('a', 'b');
    await etcd.call(read);
    const { connection } = await etcd.stream();
    const stream = connection.openWatch({ message: () => undefined, ended: () => undefined });
    await clock.advance(90_000);
    expect(opened.map(({ closed }) => closed)).toEqual([false]);
    stream.cancel();
    await clock.advance(30_000);
    expect(opened.map(({ closed }) => closed)).toEqual([true]);
    expect(clock.pending).toBe(0);
    await etcd.call(read);
    expect(opened.map(({ host, closed }) => [host, closed])).toEqual([
      ['a', true],
      ['a', false],
    ]);
    etcd.close();
    expect(clock.pending).toBe(0);
  });

  it('doubles its patience with each try that is not answered, and halves it with each that is', async () => {
    const etcd = session('a');
    const limits: number[] = [];
    const call = () =>
      etcd.call((connection, timeoutMs) => {
        limits.push(timeoutMs);
        if (limits.length <= 2) throw slow();
        return read(connection, timeoutMs);
      });
    const first = call();
    await clock.advance(500);
    await first;
    await call();
    await call();
    expect(limits).toEqual([1_500, 3_000, expect.closeTo(5_700, -3), 3_000, 1_500]);
    // It was slow and never silent: nothing was given up.
    expect(opened).toHaveLength(1);
  });

  it('leaves an endpoint that is slow for another one, and closes no connection', async () => {
    const etcd = session('a', 'b');
    let tries = 0;
    const call = etcd.call((connection, timeoutMs) => {
      if (tries++ === 0) throw slow();
      return read(connection, timeoutMs);
    });
    await clock.advance(150);
    await call;
    expect(opened.map(({ host, closed }) => [host, closed])).toEqual([
      ['a', false],
      ['b', false],
    ]);
  });

  it('hands a large read that is slow back at once, which says nothing against etcd', async () => {
    const etcd = session('a');
    const read = () => Promise.reject(slow());
    await expect(etcd.call(read, { large: true })).rejects.toMatchObject({ kind: 'slow' });
    expect(etcd.down).toBe(false);
    expect(logger.lines).toEqual([]);
  });

  it('asks for little before it takes etcd for dead because of a large read', async () => {
    const etcd = session('a');
    const call = etcd.call(() => Promise.reject(silent()), { large: true }).catch(() => undefined);
    await clock.advance(10_000);
    await call;
    expect(opened.at(-1)?.calls).toEqual(['range']);
    expect(etcd.down).toBe(false);
  });

  it('has at most 24 calls in flight, but for urgent ones', async () => {
    const etcd = session('a');
    let inFlight = 0;
    const answers: Deferred<void>[] = [];
    const hold = () => {
      inFlight++;
      const answer = new Deferred<void>();
      answers.push(answer);
      return answer.promise.finally(() => inFlight--);
    };
    const calls = Array.from({ length: 100 }, () => etcd.call(hold));
    await clock.advance(0);
    expect(inFlight).toBe(24);
    calls.push(etcd.call(hold, { urgent: true }));
    await clock.advance(0);
    expect(inFlight).toBe(25);
    while (answers.length > 0) {
      answers.shift()?.resolve();
      await clock.advance(0);
      expect(inFlight).toBeLessThanOrEqual(25);
    }
    await Promise.all(calls);
  });

  it('fails at once if an endpoint is not trusted, and then uses another over a fresh connection', async () => {
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

  it('probes for all waiting calls at most 5 times a second, logs once, and wakes them', async () => {
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

  it('fails a call within its budget while etcd is down', async () => {
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
    await expect(etcd.stream()).rejects.toMatchObject({ kind: 'closed' });
  });
});
