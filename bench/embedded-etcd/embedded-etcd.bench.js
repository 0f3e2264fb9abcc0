// node npm run bench -- embedded-etcd, on the built package. Server and client share one process, so every figure holds the
// client's work, too.
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { measureList } from './list.js';
import { measureStarts } from './start.js';
import { measureWatches } from './watch.js';

const starts = await measureStarts(20);
report('start, the first in the process', starts.first, 100);
report('start, median of 20', starts.median, 100);

report('10,000 leased keys under one prefix, listed', await onNew(measureList(10_000)), 200);

for (const streams of [1, 50]) {
  const what = `1,000 watches on ${streams} stream(s), all told of one put`;
  report(what, await onNew(measureWatches(1000, streams)), 100);
}

async function onNew(measure) {
  const etcd = await EmbeddedEtcd.start();
  try {
    return await measure(etcd.hosts[0]);
  } finally {
    await etcd.stop();
  }
}

function report(what, ms, limitMs) {
  console.log(`${what}: ${ms.toFixed(1)} ms (${ms < limitMs ? 'under' : 'OVER'} ${limitMs} ms)`);
}
