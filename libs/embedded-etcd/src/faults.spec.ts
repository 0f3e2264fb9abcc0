import { status } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedEtcd } from './embedded-etcd.js';
import { RevisionOutOfRangeError, UnknownLeaseError } from './embedded-etcd.errors.js';
import { b, fromKey } from './spec/bytes.js';
import { RawClient } from './spec/raw-client.js';
import { type RawStream } from './spec/raw-stream.js';

const everything = { key: fromKey, range_end: fromKey };

describe('EmbeddedEtcd, with a fault switched on', () => {
  let etcd: EmbeddedEtcd;
  let client: RawClient;
  const others: RawClient[] = [];

  const connect = () => {
    const other = new RawClient(etcd.hosts[0]!);
    others.push(other);
    return other;
  };
  const put = (key: string, value = '') => client.expect('Put', { key: b(key), value: b(value) });
  const keys = async (from = client) => {
    const { kvs } = await from.expect('Range', { ...everything, keys_only: true });
    return (kvs as { key: Buffer }[]).map(({ key }) => key.toString());
  };
  const watch = async (from = client): Promise<RawStream> => {
    const stream = from.open('Watch');
    stream.send({ create_request: everything });
    await stream.next();
    return stream;
  };

  beforeEach(async () => {
    etcd = await EmbeddedEtcd.start();
    client = new RawClient(etcd.hosts[0]!);
    await put('a');
  });

  afterEach(async () => {
    for (const each of [client, ...others.splice(0)]) each.close();
    await etcd.stop();
  });

  it('answers nothing while frozen, and everything once thawed', async () => {
    const stream = await watch();
    etcd.freeze();
    expect(await client.call('Put', { key: b('late') }, 100)).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    expect(await connect().call('Range', everything, 100)).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    expect(stream.received).toEqual([]);

    etcd.thaw();
    await put('b');
    expect((await stream.next()).watch_id).toBe('0');
    expect(stream.error).toBeUndefined();
  });

  it('never answers on a connection that lived through a blackhole, but on new ones after it', async () => {
    const stream = await watch();
    etcd.blackhole();
    const during = connect();
    expect(await during.call('Range', everything, 100)).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });

    etcd.thaw();
    expect(await client.call('Range', everything, 100)).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    expect(await keys(connect())).toEqual(['a']);
    expect(stream.error).toBeUndefined();
  });

  it('ends streams when connections are dropped, and takes new ones at once', async () => {
    const stream = await watch();
    etcd.dropConnections();
    expect(await stream.ended()).toMatchObject({ code: status.UNAVAILABLE });
    expect(await keys(connect())).toEqual(['a']);
  });

  it('refuses reads and watches before a compaction', async () => {
    await put('a', '2');
    etcd.compact();
    expect(await client.call('Range', { key: b('a'), revision: 2 })).toMatchObject({
      code: status.OUT_OF_RANGE,
    });
    expect(() => etcd.compact(3)).toThrow(RevisionOutOfRangeError);
    expect(() => etcd.compact(4)).toThrow('Revision 4 is not within 4 … 3');
  });

  it('is a new etcd after a wipe', async () => {
    const before = (await client.expect('MemberList')).header as Record<string, string>;
    const stream = await watch();
    etcd.wipe();
    expect(await stream.ended()).toMatchObject({ code: status.UNAVAILABLE });

    const { header, kvs } = await connect().expect('Range', everything);
    expect(kvs).toEqual([]);
    expect(header).toMatchObject({ revision: '1' });
    expect((header as typeof before).cluster_id).not.toBe(before.cluster_id);
    expect((header as typeof before).member_id).not.toBe(before.member_id);
    expect(etcd.revision).toBe(1);
  });

  it('keeps its ids over a wipe when asked to', async () => {
    const { header: before } = await client.expect('Range', everything);
    etcd.wipe({ keepIds: true });
    const { header: after } = await connect().expect('Range', everything);
    expect(after).toEqual({ ...(before as object), revision: '1' });
  });

  it('has the keys and leases of an earlier revision after a roll back', async () => {
    await client.expect('LeaseGrant', { TTL: 60, ID: 7 });
    await client.expect('Put', { key: b('leased'), lease: 7 });
    await client.expect('LeaseRevoke', { ID: 7 });
    await client.expect('LeaseGrant', { TTL: 60, ID: 8 });
    await put('undone');

    etcd.rollBack(3);
    const after = connect();
    expect(await keys(after)).toEqual(['a', 'leased']);
    expect((await after.expect('LeaseLeases')).leases).toEqual([{ ID: '7' }]);
    expect(await after.expect('Put', { key: b('again') })).toMatchObject({
      header: { revision: '4' },
    });
    expect(() => etcd.rollBack(5)).toThrow(RevisionOutOfRangeError);
  });

  it('deletes the keys of a lease that it lets expire', async () => {
    await client.expect('LeaseGrant', { TTL: 60, ID: 7 });
    await client.expect('Put', { key: b('leased'), lease: 7 });
    const stream = await watch();

    etcd.expireLease('7');
    expect((await stream.next()).events).toMatchObject([{ type: 'DELETE' }]);
    const keepalive = client.open('LeaseKeepAlive');
    keepalive.send({ ID: 7 });
    expect((await keepalive.next()).TTL).toBe('0');
    expect(() => etcd.expireLease('7')).toThrow(UnknownLeaseError);
  });

  it('answers late and in order while slow', async () => {
    const stream = await watch();
    etcd.slow(150);
    const startedAt = performance.now();
    await put('b');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145);
    etcd.slow(0);
    await put('c');
    const revisions = (await stream.take(2)).map(
      ({ header }) => (header as { revision: string }).revision,
    );
    expect(revisions).toEqual(['3', '4']);
  });

  it('does what a call asked for even if its answer comes too late', async () => {
    // The call must reach etcd before its deadline, and the answer must not.
    etcd.slow(3_000);
    expect(await client.call('Put', { key: b('done') }, 1_000)).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    await until('the put is there', () => etcd.revision === 3);
  });

  it('fails the next calls of a method, and only those', async () => {
    etcd.failNext('Put', status.UNAVAILABLE, 2);
    const failure = {
      code: status.UNAVAILABLE,
      text: 'embedded-etcd: Put fails on purpose, as failNext asked',
    };
    expect(await keys()).toEqual(['a']);
    expect(await client.call('Put', { key: b('b') })).toEqual(failure);
    expect(await client.call('Put', { key: b('b') })).toEqual(failure);
    await put('b');
    expect(etcd.revision).toBe(3);
  });

  it('fails the next stream as it is opened', async () => {
    etcd.failNext('Watch', status.UNAUTHENTICATED);
    const stream = client.open('Watch');
    expect(await stream.ended()).toMatchObject({ code: status.UNAUTHENTICATED });
    (await watch()).cancel();
  });

  it('refuses tokens that it let expire', async () => {
    await client.expect('UserAdd', { name: 'root', password: 'pw' });
    await client.expect('UserGrantRole', { user: 'root', role: 'root' });
    await client.expect('AuthEnable');
    await client.login('root', 'pw');
    expect(await keys()).toEqual(['a']);

    etcd.expireTokens();
    expect(await client.call('Range', everything)).toEqual({
      code: status.UNAUTHENTICATED,
      text: 'etcdserver: invalid auth token',
    });
  });

  it('refuses puts and grants, not reads and deletes, while its space is exhausted', async () => {
    await client.expect('Alarm', { action: 'ACTIVATE', alarm: 'NOSPACE' });
    const failure = {
      code: status.RESOURCE_EXHAUSTED,
      text: 'etcdserver: mvcc: database space exceeded',
    };
    expect(await client.call('Put', { key: b('b') })).toEqual(failure);
    expect(await client.call('LeaseGrant', { TTL: 10 })).toEqual(failure);
    await client.expect('DeleteRange', { key: b('a') });
    await client.expect('Alarm', { action: 'DEACTIVATE', alarm: 'NOSPACE' });
    await put('b');
    expect(await keys()).toEqual(['b']);
  });
});
