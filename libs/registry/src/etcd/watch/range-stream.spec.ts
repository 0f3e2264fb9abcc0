import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { builtEtcds, EtcdServer } from '@grpc-discovery/test-support';
import { Etcd3 } from 'etcd3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../timing/clock.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { Etcd3Client } from '../client/etcd3-client.js';
import { Etcd3Connection } from '../client/etcd3-connection.js';
import { prefixRange } from './range-list.js';

const COUNT = 2_000;
const PREFIX = '/discovery/instances/orders/';
const TIMEOUT_MS = 30_000;

interface Etcd {
  readonly url: string;
  destroy(): Promise<void>;
}

interface Kind {
  readonly version: string;
  readonly name: string;
  readonly start: () => Promise<Etcd>;
}

const embedded = (['3.6', '3.7'] as const).map((version): Kind => ({
  version,
  name: `the embedded etcd ${version}`,
  async start() {
    const etcd = await EmbeddedEtcd.start({ version });
    return { url: etcd.hosts[0] ?? '', destroy: () => etcd.stop() };
  },
}));
const real = builtEtcds().map((binary): Kind => ({
  version: binary.version,
  name: `etcd ${binary.version}`,
  start: () => EtcdServer.start({ binary }),
}));
const kinds = [...embedded, ...real];
const isOlder = ({ version }: Kind) => /^3\.[456]/.test(version);

let etcd: Etcd;
let raw: Etcd3;
let connection: Etcd3Connection;
const range = prefixRange(PREFIX);

async function fill({ start }: Kind): Promise<void> {
  etcd = await start();
  raw = new Etcd3({ hosts: etcd.url });
  connection = new Etcd3Connection(new Etcd3Client(etcd.url, undefined, undefined), systemClock);
  const keys = Array.from({ length: COUNT }, (_, i) => `${PREFIX}${String(i).padStart(5, '0')}`);
  for (let from = 0; from < COUNT; from += 100) {
    const puts = keys.slice(from, from + 100).map((key) => raw.put(key).value('x'.repeat(300)));
    await Promise.all(puts.map((put) => put.exec()));
  }
}
afterEach(async () => {
  connection.close(new EtcdFailure('closed', 'closed by the spec'));
  raw.close();
  await etcd.destroy();
});

describe.each(kinds.filter((kind) => !isOlder(kind)))('A stream of a range on $name', (kind) => {
  beforeEach(() => fill(kind));

  it('holds what a range does, also of an older revision', async () => {
    const { kvs, revision } = await connection.range(range, TIMEOUT_MS);
    expect(kvs).toHaveLength(COUNT);
    await raw.delete().prefix(`${PREFIX}000`);
    expect(await connection.rangeStream({ ...range, revision }, TIMEOUT_MS)).toEqual(kvs);
    expect(await connection.rangeStream(range, TIMEOUT_MS)).toHaveLength(COUNT - 100);
    expect(connection.inUse).toBe(false);
  });

  it('reports a compacted revision', async () => {
    const { revision } = await connection.range(range, TIMEOUT_MS);
    await raw.put('/x').value('1');
    await raw.kv.compact({ revision: String(revision + 1n) });
    const stream = connection.rangeStream({ ...range, revision }, TIMEOUT_MS);
    await expect(stream).rejects.toMatchObject({ kind: 'compacted' });
  });

  it('fails for the reason of the closing when the connection is closed', async () => {
    const stream = connection.rangeStream(range, TIMEOUT_MS);
    connection.close(new EtcdFailure('closed', 'closed by the spec'));
    await expect(stream).rejects.toMatchObject({ kind: 'closed' });
  });
});

describe.each(kinds.filter(isOlder))('A stream of a range on $name', (kind) => {
  beforeEach(() => fill(kind));

  it('is unsupported, and asked for once only; ranges go on', async () => {
    for (let i = 0; i < 2; i++) {
      const stream = connection.rangeStream(range, TIMEOUT_MS);
      await expect(stream).rejects.toMatchObject({ kind: 'unsupported' });
    }
    expect(connection.inUse).toBe(false);
    expect((await connection.range(range, TIMEOUT_MS)).kvs).toHaveLength(COUNT);
  });
});
