import { describe, it, expect, beforeAll, afterAll } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { EmbeddedEtcd } from './embedded-etcd.js';

describe('etcd3 on an embedded etcd', () => {
  let etcd: EmbeddedEtcd;
  let client: Etcd3;

  beforeAll(async () => {
    etcd = await EmbeddedEtcd.start();
    client = new Etcd3({ hosts: [...etcd.hosts] });
  });

  afterAll(async () => {
    client.close();
    await etcd.stop();
  });

  it('reads what it put', async () => {
    await client.put('a').value('1');
    expect(await client.get('a').string()).toBe('1');
  });
});
