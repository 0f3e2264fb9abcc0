import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedEtcd } from '../embedded-etcd.js';
import { b, fromKey } from '../spec/bytes.js';
import { RawClient } from '../spec/raw-client.js';

describe('a request that a real etcd 3.4 crashes on', () => {
  let etcd: EmbeddedEtcd;
  let client: RawClient;

  beforeEach(async () => {
    etcd = await EmbeddedEtcd.start();
    client = new RawClient(etcd.hosts[0]!);
  });

  afterEach(async () => {
    client.close();
    await etcd.stop();
  });

  it('puts an empty value for the value to be kept when it deleted the key itself', async () => {
    await client.expect('Put', { key: b('k'), value: b('v') });
    const success = [
      { request_delete_range: { key: b('a'), range_end: fromKey } },
      { request_put: { key: b('k'), ignore_value: true } },
    ];
    await client.expect('Txn', { success });
    expect(await client.expect('Range', { key: b('k') })).toMatchObject({
      header: { revision: '3' },
      kvs: [{ value: b(''), version: '1' }],
    });
  });

  it.each([{ sort_order: 7 }, { sort_target: 7 }])('refuses a range sorted by %j', async (sort) => {
    expect(await client.call('Range', { key: b('k'), ...sort })).toEqual({
      code: 3,
      text: 'etcdserver: invalid sort option',
    });
  });
});
