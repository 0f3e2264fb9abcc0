// From the call of `start` until it serves.
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';

/** @param {number} count how often it starts */
export async function measureStarts(count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    const etcd = await EmbeddedEtcd.start();
    times.push(performance.now() - startedAt);
    await etcd.stop();
  }
  const sorted = [...times].sort((a, b) => a - b);
  return { first: times[0], median: sorted[Math.floor(count / 2)] };
}
