import { beforeEach, describe, expect, it } from '@jest/globals';
import { RegistryRefusedError, RegistryUnreachableError } from '../../errors/registry-errors.js';
import type { Registry } from '../../registry.js';
import { FakeClock } from '../../spec/fake-clock.js';
import { FakeConnection, silent, unavailable } from '../../spec/fake-etcd.js';
import { anInstance } from '../../spec/instances.js';
import { RecordedLogger } from '../../spec/recorded-logger.js';
import type { TxnRequest } from '../client/etcd-connection.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { assembleEtcdRegistry } from '../etcd-registry.js';
import { normalizeEtcdOptions } from '../normalize-etcd-options.js';

describe('EtcdRegistrar', () => {
  let clock: FakeClock;
  let logger: RecordedLogger;
  let opened: FakeConnection[];
  let txns: TxnRequest[];
  let failure: (request: TxnRequest) => EtcdFailure | undefined;
  let outage: EtcdFailure | undefined;
  let registry: Registry;

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordedLogger();
    opened = [];
    txns = [];
    failure = () => undefined;
    outage = undefined;
    registry = assembleEtcdRegistry(normalizeEtcdOptions({ hosts: 'etcd' }), {
      clock,
      logger,
      random: () => 0.5,
      createEpoch: () => 'e1',
      connect,
    });
  });

  function connect(host: string): FakeConnection {
    const connection = new FakeConnection(host);
    connection.failure = outage;
    connection.answerTxn = (request) => {
      txns.push(request);
      const refused = failure(request);
      if (refused) throw refused;
      return { revision: 10n + BigInt(txns.length), succeeded: true, ranges: [undefined] };
    };
    opened.push(connection);
    return connection;
  }

  const putKeys = () =>
    txns
      .flatMap(({ then }) => then.filter(({ kind }) => kind === 'put'))
      .map((put) => 'key' in put && put.key);
  const count = (call: string) => opened.reduce((sum, each) => sum + each.count(call), 0);
  const register = (id: string) => registry.registrar.register(anInstance({ id }));

  it('grants one lease before it puts, and puts every key on it', async () => {
    const registrations = ['a', 'b'].map(register);
    await clock.advance(0);
    expect(opened[0]?.calls.slice(0, 3)).toEqual(['grant', 'txn', 'txn']);
    expect(txns.flatMap(({ then }) => then)).toMatchObject([
      { kind: 'put', key: '/discovery/instances/greeter/a', lease: 'lease-1' },
      { kind: 'put', key: '/discovery/instances/greeter/b', lease: 'lease-1' },
      { kind: 'put', key: '/discovery/epoch' },
    ]);
    expect(registrations.map(({ state }) => state.kind)).toEqual(['registered', 'registered']);
    await registry.close();
  });

  it('keeps none back for one that is refused, and tries that one at long intervals', async () => {
    failure = ({ then }) =>
      JSON.stringify(then).includes('greeter/a')
        ? new EtcdFailure('refused', 'etcdserver: permission denied')
        : undefined;
    const [a, b] = ['a', 'b'].map(register);
    await clock.advance(0);
    expect(b?.state.kind).toBe('registered');
    expect(a?.state).toMatchObject({ lastError: expect.any(RegistryRefusedError) });
    const told = logger.lines.filter((line) => line.startsWith('warn')).length;
    expect(told).toBe(1);
    await clock.advance(1_000);
    expect(putKeys().filter((key) => key === '/discovery/instances/greeter/a')).toHaveLength(2);
    failure = () => undefined;
    await clock.advance(30_000);
    expect(a?.state.kind).toBe('registered');
    await registry.close();
  });

  it('retries at long intervals, and logs once, when etcd has no space for a lease', async () => {
    outage = new EtcdFailure('refused', 'etcdserver: mvcc: database space exceeded');
    const registration = register('a');
    await clock.advance(120_000);
    expect(registration.state).toMatchObject({ lastError: expect.any(RegistryRefusedError) });
    expect(count('grant')).toBeLessThan(12);
    expect(logger.lines).toHaveLength(1);
    outage = undefined;
    for (const connection of opened) connection.failure = undefined;
    await clock.advance(30_000);
    expect(registration.state.kind).toBe('registered');
    await registry.close();
  });

  it('grants and puts again when the lease is not found', async () => {
    let refusals = 1;
    failure = () =>
      refusals-- > 0 ? new EtcdFailure('lease-not-found', 'lease not found') : undefined;
    const registration = register('a');
    await clock.advance(0);
    expect(registration.state.kind).toBe('registered');
    expect(count('grant')).toBe(2);
    await registry.close();
  });

  it('retries without an end while etcd is down, at most 5 times a second', async () => {
    outage = unavailable();
    const registration = register('a');
    await clock.advance(600_000);
    expect(registration.state).toMatchObject({ lastError: expect.any(RegistryUnreachableError) });
    expect(count('grant') + count('range')).toBeLessThan(5 * 600);
    expect(logger.lines).toHaveLength(1);
    outage = undefined;
    await clock.advance(2_000);
    expect(registration.state.kind).toBe('registered');
    await registry.close();
  });

  it('looks after its key, and writes nothing, when its watch is lost', async () => {
    register('a');
    await clock.advance(0);
    const before = txns.length;
    opened[0]?.watches[0]?.end(unavailable());
    await clock.advance(1_000);
    const looks = txns.slice(before);
    // Nothing else, not even in case: an etcd without space would refuse it.
    expect(looks).toEqual([
      {
        when: [{ target: 'modRevision', key: '/discovery/instances/greeter/a', is: 11n }],
        then: [],
      },
    ]);
    // From the revision of the look on: that of the put may be compacted.
    expect(opened.at(-1)?.watches.at(-1)?.creates[0]?.start).toBe(10n + BigInt(txns.length));
    await registry.close();
  });

  it('deletes a key only while it is as it was put, and revokes with the last', async () => {
    const [a, b] = ['a', 'b'].map(register);
    await clock.advance(0);
    await a?.deregister();
    expect(txns.at(-1)).toEqual({
      when: [{ target: 'modRevision', key: '/discovery/instances/greeter/a', is: 11n }],
      then: [{ kind: 'delete', key: '/discovery/instances/greeter/a' }],
    });
    await b?.deregister();
    expect(count('revoke')).toBe(1);
    await registry.close();
  });

  it('deletes a key whose new value was still to be put', async () => {
    const [a] = ['a', 'b'].map(register);
    await clock.advance(0);
    register('a');
    await a?.deregister();
    expect(txns.at(-1)?.then).toEqual([{ kind: 'delete', key: '/discovery/instances/greeter/a' }]);
    await registry.close();
  });

  it('is not kept from putting by a delete that is refused', async () => {
    const [a] = ['a', 'b'].map(register);
    await clock.advance(0);
    failure = ({ then }) =>
      then[0]?.kind === 'delete' ? new EtcdFailure('refused', 'permission denied') : undefined;
    await a?.deregister();
    const c = register('c');
    await clock.advance(0);
    expect(c.state.kind).toBe('registered');
    expect(logger.lines.some((line) => /^warn .*\/discovery\//.test(line))).toBe(true);
    await registry.close();
  });

  it('never puts what was deregistered while the lease was granted', async () => {
    const registration = register('a');
    await registration.deregister();
    await clock.advance(1_000);
    expect(putKeys()).toEqual([]);
    await registry.close();
  });

  it.each([
    ['1 s', undefined, 1_000],
    ['the bound that it was given, a longer one too,', { withinMs: 3_000 }, 3_000],
    ['a shorter bound', { withinMs: 200 }, 200],
  ])(
    'lets go of a deregistration after %s when etcd does not confirm it',
    async (_, options, ms) => {
      const registration = register('a');
      await clock.advance(0);
      outage = silent();
      for (const connection of opened) connection.failure = outage;
      let done = false;
      const leaving = registration.deregister(options).then(() => (done = true));
      await clock.advance(ms - 1);
      expect(done).toBe(false);
      await clock.advance(1);
      expect(done).toBe(true);
      await leaving;
      expect(logger.lines.some((line) => line.includes('within 10 s'))).toBe(true);
      const closing = registry.close();
      await clock.advance(1_000);
      await closing;
    },
  );

  it.each([NaN, -1, 2 ** 31, '5'])(
    'refuses %p as the bound of a deregistration',
    async (withinMs) => {
      const registration = register('a');
      const deregister = () => registration.deregister({ withinMs: withinMs as number });
      expect(deregister).toThrow(/^deregister\.withinMs must be a number of milliseconds/);
      await clock.advance(0);
      expect(registration.state.kind).toBe('registered');
      await registry.close();
    },
  );

  it.each([1, 2])(
    'deletes what was deregistered during an outage as soon as etcd is back: the last of %i',
    async (count) => {
      const all = Array.from({ length: count }, (_, i) => register(String(i)));
      await clock.advance(0);
      outage = unavailable();
      for (const connection of opened) connection.failure = outage;
      const leaving = Promise.all(all.map((each) => each.deregister()));
      await clock.advance(20_000);
      await leaving;
      const before = opened.length;
      outage = undefined;
      await clock.advance(2_000);
      const after = opened.slice(before - 1).flatMap(({ calls }) => calls);
      // By its lease, or each by itself once the lease may have run out.
      const deleted = after.filter((call) => call === 'txn').length;
      expect(after.includes('revoke') || deleted === count).toBe(true);
      await registry.close();
    },
  );

  it('leaves no timer and no stream behind when it is closed', async () => {
    register('a');
    await clock.advance(0);
    await registry.close();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    const streams = opened.flatMap(({ watches, keepAlives }) => [...watches, ...keepAlives]);
    expect(streams.every(({ over }) => over)).toBe(true);
    expect(opened.every(({ closed }) => closed)).toBe(true);
  });
});
