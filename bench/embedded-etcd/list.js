// Every instance has a lease of its own and a value of 200 bytes; one range lists them all.
import { Etcd3 } from 'etcd3';

const inFlight = 200;

/** @param {number} instances */
export function measureList(instances) {
  return async (host) => {
    const client = new Etcd3({ hosts: host });
    for (let i = 0; i < instances; i += inFlight) {
      await Promise.all(Array.from({ length: inFlight }, (_, j) => register(client, i + j)));
    }
    const request = { key: Buffer.from('/bench/'), range_end: Buffer.from('/bench0') };
    const times = [];
    for (let round = 0; round < 5; round++) {
      const startedAt = performance.now();
      const { kvs } = await client.kv.range(request);
      times.push(performance.now() - startedAt);
      if (kvs.length !== instances) throw new Error(`${kvs.length} of ${instances} keys listed`);
    }
    client.close();
    return times.sort((a, b) => a - b)[2];
  };
}

async function register(client, number) {
  const ID = String(number + 1);
  await client.leaseClient.leaseGrant({ TTL: 600, ID });
  const key = Buffer.from(`/bench/greeter/${ID}`);
  await client.kv.put({ key, value: Buffer.alloc(200, 'v'), lease: ID });
}
