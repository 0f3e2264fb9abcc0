import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, slowness } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { transpilePackage } from '../../libs/registry/src/spec/transpile.js';
import { idsOf, RecordedWatch } from '../../libs/registry/src/spec/watches.js';

const COUNT = 10_000;
const LISTS = 5;
const SUBSCRIBERS = 50;
const EVENTS = 100;
/** Other work on the machine only adds to a figure: the best of a few rounds is nearest to ours. */
const ROUNDS = 3;
const EVENT_BOUND_MS = 50;
const PREFIX = '/discovery/instances/orders/';

/** Lists the service again and again, each time as a client that has just started. */
const LISTS_SCRIPT = `
const { createEtcdRegistry } = await import(process.argv[1]);
const lists = [];
for (let i = 0; i < ${LISTS}; i++) {
  const registry = createEtcdRegistry({ hosts: process.argv[2] });
  const start = performance.now();
  const { instances } = await new Promise((resolve) =>
    registry.watcher.watch('orders', (state) => state.kind === 'live' && resolve(state.snapshot)),
  );
  lists.push({ tookMs: Math.round(performance.now() - start), count: instances.length });
  await registry.close();
}
console.log(JSON.stringify(lists));
`;

const ids = Array.from({ length: COUNT }, (_, i) => `i${String(i).padStart(5, '0')}`);
const value = (id: string) =>
  JSON.stringify(anInstance({ id, service: 'orders', metadata: { pad: 'x'.repeat(150) } }));

/** The value that this share of all is not above. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
}

describeOnEtcd('service of 10,000 instances', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;
  let registry: Registry | undefined;

  beforeAll(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
    await raw.putAll(ids.map((id) => [PREFIX + id, value(id)] as const));
  });
  afterEach(() => registry?.close());
  afterAll(() => etcd.destroy());

  it('is listed within 0.5 s by a process of its own, in the median of 5', async () => {
    const folder = transpilePackage();
    const args = ['--input-type=module', '-e', LISTS_SCRIPT, '--', `${folder}/index.js`, etcd.url];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    rmSync(folder, { recursive: true, force: true });
    const lists = JSON.parse(stdout) as { tookMs: number; count: number }[];
    if (process.env.MEASURE) process.stderr.write(`measured: row 25: lists: ${stdout}`);
    expect(lists.map(({ count }) => count)).toEqual(Array(LISTS).fill(COUNT));
    const tookMs = lists.map((each) => each.tookMs);
    expect(quantile(tookMs, 0.5)).toBeLessThan(500 * slowness());
  });

  it('tells 50 subscribers of an event within 50 ms, in 99 of 100 cases of the best of 3 rounds', async () => {
    const opened = (registry = createEtcdRegistry({ hosts: etcd.url }));
    let tookMs: number[] = [];
    let putAt = 0;
    let missing = 0;
    let told: () => void;
    const watches = Array.from({ length: SUBSCRIBERS }, () =>
      opened.watcher.watch('orders', () => {
        if (missing === 0) return;
        tookMs.push(performance.now() - putAt);
        if (--missing === 0) told();
      }),
    );
    await new RecordedWatch(opened, 'orders').untilKind('live');
    const p99s: number[] = [];
    while (p99s.length < ROUNDS && !(Math.min(...p99s) < EVENT_BOUND_MS)) {
      tookMs = [];
      for (let i = 0; i < EVENTS; i++) {
        const id = `z${p99s.length}-${i}`;
        const allTold = new Promise<void>((resolve) => (told = resolve));
        missing = SUBSCRIBERS;
        putAt = performance.now();
        await raw.put(PREFIX + id, value(id));
        await allTold;
      }
      expect(tookMs).toHaveLength(SUBSCRIBERS * EVENTS);
      p99s.push(quantile(tookMs, 0.99));
    }
    if (process.env.MEASURE)
      process.stderr.write(`measured: row 25: event, p99: ${p99s.join(', ')} ms\n`);
    expect(Math.min(...p99s)).toBeLessThan(EVENT_BOUND_MS);
    const { state } = watches[0]!;
    expect(state.kind === 'live' && idsOf(state.snapshot)).toHaveLength(
      COUNT + p99s.length * EVENTS,
    );
  });
});
