import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Etcd3, type IOptions } from 'etcd3';
import { once } from 'node:events';
import { EmbeddedEtcd } from './embedded-etcd.js';

describe('the public client etcd3 on an embedded etcd', () => {
  let etcd: EmbeddedEtcd;
  const clients: Etcd3[] = [];

  const connect = (options: Partial<IOptions> = {}) => {
    const client = new Etcd3({ hosts: [...etcd.hosts], ...options });
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    etcd = await EmbeddedEtcd.start();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await etcd.stop();
  });

  it('reads, lists and deletes what it put', async () => {
    const client = connect();
    await client.put('a/1').value('one');
    await client.put('a/2').value('two');
    await client.put('b').value('other');

    expect(await client.get('a/1').string()).toBe('one');
    expect(await client.get('missing').string()).toBeNull();
    expect(await client.getAll().prefix('a/').sort('Key', 'Descend').strings()).toEqual({
      'a/2': 'two',
      'a/1': 'one',
    });
    expect((await client.delete().prefix('a/')).deleted).toBe('2');
    expect(await client.getAll().keys()).toEqual(['b']);
  });

  it('runs a transaction by its conditions', async () => {
    const client = connect();
    const create = () =>
      client
        .if('once', 'Create', '==', 0)
        .then(client.put('once').value('first'))
        .else(client.get('once'))
        .commit();

    expect((await create()).succeeded).toBe(true);
    expect((await create()).succeeded).toBe(false);
  });

  it('keeps a lease alive, and loses its keys with it', async () => {
    const client = connect();
    const lease = client.lease(10);
    await lease.put('leased').value('1');
    expect(await client.get('leased').string()).toBe('1');

    const lost = once(lease, 'lost');
    etcd.expireLease(await lease.grant());
    expect(await client.get('leased').string()).toBeNull();
    const keepalive = lease.keepaliveOnce().catch((error: unknown) => error);
    await lost;
    expect(await keepalive).toBeInstanceOf(Error);
  });

  it('receives puts and deletes under a prefix', async () => {
    const client = connect();
    const watcher = await client.watch().prefix('w/').create();
    const told: string[] = [];
    watcher.on('put', ({ key, value }) => told.push(`put ${key.toString()} ${value.toString()}`));
    watcher.on('delete', ({ key }) => told.push(`delete ${key.toString()}`));

    await client.put('w/1').value('a');
    await client.put('other').value('b');
    await client.delete().key('w/1');
    await until('both events have come', () => told.length === 2);

    expect(told).toEqual(['put w/1 a', 'delete w/1']);
    await watcher.cancel();
  });

  it('takes a lock that another holds only when it is released', async () => {
    const [holder, waiter] = [connect(), connect()];
    const lock = await holder.lock('l').acquire();
    await expect(waiter.lock('l').acquire()).rejects.toThrow();

    await lock.release();
    await waiter.lock('l').do(() => undefined);
    expect(await waiter.getAll().keys()).toEqual([]);
  });

  it('elects the next candidate when the leader resigns', async () => {
    const [first, second] = [connect(), connect()].map((client) => client.election('e', 10));
    const leader = first!.campaign('first');
    await once(leader, 'elected');
    const candidate = second!.campaign('second');
    const elected = once(candidate, 'elected');

    await leader.resign();
    await elected;
    expect(await first!.leader()).toBe('second');
    await candidate.resign();
  });

  it('logs in, reads what its role allows and is refused the rest', async () => {
    const root = connect();
    const rootUser = root.user('root');
    await rootUser.create('secret');
    await root.role('root').create();
    await rootUser.addRole('root');
    const role = root.role('reader');
    await role.create();
    await role.grant({ permission: 'Read', range: root.range({ prefix: 'mine/' }) });
    await root.user('ann').create('pw');
    await root.user('ann').addRole('reader');
    await root.put('mine/1').value('1');
    await root.auth.authEnable();

    const ann = connect({ auth: { username: 'ann', password: 'pw' } });
    expect(await ann.getAll().prefix('mine/').strings()).toEqual({ 'mine/1': '1' });
    await expect(ann.put('mine/1').value('2')).rejects.toThrow('permission denied');
    await expect(ann.get('other').string()).rejects.toThrow('permission denied');
    const stranger = connect({ auth: { username: 'ann', password: 'wrong' } });
    await expect(stranger.get('mine/1').string()).rejects.toThrow('authentication failed');
  });
});
