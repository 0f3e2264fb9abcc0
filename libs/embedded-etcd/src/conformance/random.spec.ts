import { until } from '@grpc-discovery/test-support';
import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b } from '../spec/bytes.js';
import { normalise } from '../spec/normalise.js';
import { type Pair, type Step } from '../spec/pair.js';
import { randomStep, randomWatch } from '../spec/random-steps.js';
import { type RawStream } from '../spec/raw-stream.js';
import { SeededRandom } from '../spec/seeded-random.js';

const steps = 500;

/** Beyond the keys of the steps. */
const barrier = b('~');

interface Header {
  readonly revision: string;
}

/** The events of a watch in order, however they were spread over answers. */
function eventsByWatch(stream: RawStream): Record<string, unknown[]> {
  const told: Record<string, unknown[]> = {};
  for (const answer of stream.received) {
    const list = (told[String(answer.watch_id)] ??= []);
    if (answer.created === true) list.push('created');
    if (answer.canceled === true) list.push({ compacted: answer.compact_revision });
    list.push(...(answer.events as unknown[]));
  }
  return normalise(told) as Record<string, unknown[]>;
}

function count(stream: RawStream): number {
  return Object.values(eventsByWatch(stream)).reduce((sum, list) => sum + list.length, 0);
}

function created(stream: RawStream): number {
  return stream.received.filter((answer) => answer.created).length;
}

function revisionOf(answer: Record<string, unknown>): number {
  return Number((answer.header as Header).revision);
}

async function expectSameAnswers(pair: Pair, random: SeededRandom): Promise<void> {
  const streams = { real: pair.real.open('Watch'), embedded: pair.embedded.open('Watch') };
  const both = () => [streams.real, streams.embedded];
  /**
   * A real etcd reads history for its watches up to 100 ms late, for all that wait at once; what it has not read, a
   * compaction would take away. When one more watch has its history, so have those before it.
   */
  const settle = async () => {
    const { header } = await pair.embedded.expect('Put', { key: barrier });
    await pair.real.expect('Put', { key: barrier });
    const start_revision = (header as Header).revision;
    watches += 1;
    const watch_id = String(1_000_000 + watches);
    const create_request = { key: barrier, start_revision, watch_id };
    for (const stream of both()) stream.send({ create_request });
    const isHistory = (answer: Record<string, unknown>) =>
      answer.watch_id === watch_id && (answer.events as unknown[]).length > 0;
    await until('both have read the history', () =>
      both().every((stream) => stream.received.some(isHistory)),
    );
    await until('both have told as much', () => count(streams.real) === count(streams.embedded));
  };
  let revision = 1;
  let watches = 0;
  for (let i = 0; i < steps; i++) {
    if (random.chance(0.08)) {
      const create_request = randomWatch(random, revision);
      for (const stream of both()) stream.send({ create_request });
      watches += 1;
      await until('the watch is there', () =>
        both().every((stream) => created(stream) === watches),
      );
    }
    const step: Step = randomStep(random, revision);
    if (watches > 0 && step[0] === 'Compact') await settle();
    const { real, embedded } = await pair.steps([step]);
    expect({ step: i, ...(embedded as object) }).toEqual({ step: i, ...(real as object) });
    revision = revisionOf(await pair.embedded.expect('Range', { key: Buffer.of(1) }));
  }
  await settle();
  expect(eventsByWatch(streams.embedded)).toEqual(eventsByWatch(streams.real));
  streams.real.cancel();
  streams.embedded.cancel();
}

for (const seed of [1, 2, 3]) {
  againstEtcd(`${steps} random calls and their watches, seed ${seed}`, (pair) => {
    it('get the same answers from both', async () => {
      await expectSameAnswers(pair(), new SeededRandom(seed));
    });
  });
}
