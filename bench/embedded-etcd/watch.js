// From the put until the last of the watches has its event.
import { Etcd3 } from 'etcd3';

/**
 * @param {number} watches in all
 * @param {number} streams that they are spread over
 */
export function measureWatches(watches, streams) {
  return async (host) => {
    const client = new Etcd3({ hosts: host });
    const count = counter();
    const open = await Promise.all(
      Array.from({ length: streams }, () => client.watchClient.watch({})),
    );
    for (const stream of open) stream.on('data', count.answer);
    const create_request = { key: Buffer.from('/bench/'), range_end: Buffer.from('/bench0') };
    const created = count.reaches(watches);
    for (let i = 0; i < watches; i++) open[i % streams].write({ create_request });
    await created;

    const times = [];
    for (let round = 0; round < 5; round++) {
      const told = count.reaches(watches);
      const startedAt = performance.now();
      await Promise.all([told, client.put('/bench/key').value(String(round))]);
      times.push(performance.now() - startedAt);
    }
    for (const stream of open) stream.cancel();
    client.close();
    return times.sort((a, b) => a - b)[2];
  };
}

function counter() {
  let left = 0;
  let done = () => undefined;
  return {
    reaches(total) {
      left = total;
      return new Promise((resolve) => (done = resolve));
    },
    answer() {
      if (--left === 0) done();
    },
  };
}
