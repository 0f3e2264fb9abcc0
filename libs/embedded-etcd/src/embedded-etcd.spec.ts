import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@grpc-discovery/test-support';
import { EmbeddedEtcd } from './embedded-etcd.js';
import { DataFileError, NotServingError, PortInUseError } from './embedded-etcd.errors.js';
import { type EmbeddedEtcdOptions } from './embedded-etcd.options.js';
import { b, fromKey } from './spec/bytes.js';
import { RawClient } from './spec/raw-client.js';
import { ScriptedClock } from './spec/scripted-clock.js';

const everything = { key: fromKey, range_end: fromKey };

describe('EmbeddedEtcd', () => {
  const started: EmbeddedEtcd[] = [];
  const clients: RawClient[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'embedded-etcd-'));
  const dataFile = join(folder, 'data.json');

  const start = async (options?: EmbeddedEtcdOptions) => {
    const etcd = await EmbeddedEtcd.start(options);
    started.push(etcd);
    return etcd;
  };
  const connect = (etcd: EmbeddedEtcd) => {
    const client = new RawClient(etcd.hosts[0]!);
    clients.push(client);
    return client;
  };

  beforeEach(() => void mkdirSync(folder, { recursive: true }));

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const etcd of started.splice(0)) await etcd.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves on loopback, at a free port unless it is given one', async () => {
    const { hosts } = await start();
    expect(hosts).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)]);
    const [port = 0] = await freePorts(1);
    expect((await start({ port })).hosts).toEqual([`http://127.0.0.1:${port}`]);
  });

  it('says which port is in use, and serves there later', async () => {
    const [port = 0] = await freePorts(1);
    const first = await start({ port });
    const failure = start({ port });
    await expect(failure).rejects.toThrow(PortInUseError);
    await expect(failure).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    await first.stop();
    await start({ port });
  });

  it('keeps its address and data over a restart, and gives each lease its full TTL', async () => {
    const clock = new ScriptedClock();
    const [port = 0] = await freePorts(1);
    const etcd = await start({ clock, port });
    const client = connect(etcd);
    await client.expect('Put', { key: b('a'), value: b('1') });
    await client.expect('Put', { key: b('a'), value: b('2') });
    await client.expect('LeaseGrant', { TTL: 60, ID: '9223372036854775807' });
    await client.expect('Put', { key: b('leased'), lease: '9223372036854775807' });
    const before = await client.expect('Range', everything);
    const { hosts } = etcd;
    clock.advance(59_000);

    await etcd.restart();

    expect(etcd.hosts).toEqual(hosts);
    const after = connect(etcd);
    expect((await after.expect('Range', everything)).kvs).toEqual(before.kvs);
    expect((await after.expect('Range', { key: b('a'), revision: 2 })).kvs).toMatchObject([
      { value: b('1') },
    ]);
    const lease = { ID: '9223372036854775807', keys: true };
    expect(await after.expect('LeaseTimeToLive', lease)).toMatchObject({
      TTL: '60',
      keys: [b('leased')],
    });
    clock.advance(60_000);
    expect(await after.expect('LeaseTimeToLive', lease)).toMatchObject({ TTL: '-1' });
    expect((await after.expect('Range', { key: b('leased') })).count).toBe('0');
  });

  it('can be stopped twice and at the same time as it restarts', async () => {
    const [port = 0] = await freePorts(1);
    const etcd = await start({ port });
    await Promise.all([etcd.stop(), etcd.restart(), etcd.stop()]);
    await etcd.stop();
    expect(() => etcd.freeze()).toThrow(NotServingError);
    expect(etcd.revision).toBe(1);
    await etcd.restart();
    await connect(etcd).expect('Range', everything);
  });

  it('has no timer left once it is stopped', async () => {
    const clock = new ScriptedClock();
    const etcd = await start({ clock });
    const client = connect(etcd);
    await client.expect('LeaseGrant', { TTL: 60 });
    const stream = client.open('Watch');
    stream.send({ create_request: { key: b('a'), progress_notify: true } });
    await stream.next();
    expect(clock.pendingTimers).toBe(2);

    await etcd.stop();
    await stream.ended();
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells the revision to a silent watch that asked for progress', async () => {
    const clock = new ScriptedClock();
    const etcd = await start({ clock, watchProgressNotifyMs: 1000 });
    const client = connect(etcd);
    const stream = client.open('Watch');
    for (const progress_notify of [true, false]) {
      stream.send({ create_request: { key: b('a'), progress_notify } });
    }
    await stream.take(2);
    await client.expect('Put', { key: b('other') });
    clock.advance(1000);
    expect(await stream.next()).toMatchObject({
      watch_id: '0',
      header: { revision: '2' },
      events: [],
    });
    await client.expect('Put', { key: b('a') });
    await stream.take(2);
    clock.advance(1000);
    clock.advance(1000);
    expect(await stream.next()).toMatchObject({
      watch_id: '0',
      header: { revision: '3' },
      events: [],
    });
    expect(stream.received).toEqual([]);
  });

  it('starts with the data of the file that an earlier one wrote', async () => {
    // Seconds that pass would show in the TTL.
    const clock = new ScriptedClock();
    const first = await start({ dataFile, clock });
    const client = connect(first);
    await client.expect('LeaseGrant', { TTL: 60, ID: 7 });
    await client.expect('Put', { key: b('\0\xff'), value: Buffer.of(0, 255), lease: 7 });
    await client.expect('Put', { key: b('gone') });
    await client.expect('DeleteRange', { key: b('gone') });
    await client.expect('UserAdd', { name: 'ann', password: 'pw' });
    await client.expect('RoleAdd', { name: 'r' });
    const perm = { permType: 'READWRITE', key: b('\xff'), range_end: b('\0') };
    await client.expect('RoleGrantPermission', { name: 'r', perm });
    const look = async (from: RawClient) => [
      await from.expect('Range', { ...everything, revision: 3 }),
      await from.expect('Range', everything),
      await from.expect('LeaseTimeToLive', { ID: 7, keys: true }),
      await from.expect('UserList'),
      await from.expect('RoleGet', { role: 'r' }),
    ];
    const before = JSON.stringify(await look(client));
    await first.stop();

    const second = await start({ dataFile, clock });
    const after = JSON.stringify(await look(connect(second)));
    const withoutTerm = (text: string) => text.replaceAll(/"raft_term":"\d"/g, '');
    expect(withoutTerm(after)).toBe(withoutTerm(before));
  });

  it('refuses a data file that it did not write, and leaves it alone', async () => {
    writeFileSync(dataFile, '{"format":0}');
    const failure = start({ dataFile });
    await expect(failure).rejects.toThrow(DataFileError);
    await expect(failure).rejects.toThrow(
      `${dataFile} can't be read as the data of an embedded etcd`,
    );
  });

  it('answers what it does not serve with a text that says what it serves', async () => {
    const etcd = await start();
    const snapshot = await connect(etcd).callPath('/etcdserverpb.Maintenance/Snapshot');
    expect(snapshot).toMatchObject({
      code: 12,
      text: expect.stringMatching(
        /^embedded-etcd does not serve .*Snapshot; it serves .*KV, Watch, Lease/,
      ),
    });
  });
});
