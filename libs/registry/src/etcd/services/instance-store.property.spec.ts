import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../limits.js';
import { strangeValues } from '../../spec/arbitraries.js';
import { anInstance } from '../../spec/instances.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import { InstanceStore } from './instance-store.js';

const PREFIX = '/discovery/instances/greeter/';
const IDS = ['a', 'b', 'c', 'd', 'e'];

/** What happens to a key: an instance of some weight, something strange, or nothing any more. */
interface Step {
  readonly id: string;
  readonly value: Buffer | undefined;
  readonly weight?: number;
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...IDS), fc.nat(9)).map(good) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...IDS), strangeValues())
      .map(([id, value]) => ({ id, value })),
  },
  { weight: 2, arbitrary: fc.constantFrom(...IDS).map((id) => ({ id, value: undefined })) },
);

function good([id, weight]: [string, number]): Step {
  return { id, weight, value: Buffer.from(JSON.stringify(anInstance({ id, weight }))) };
}

/** A store that counts revisions as etcd does: the first step has revision 1. */
class History {
  readonly events: readonly WatchEvent[];

  constructor(readonly steps: readonly Step[]) {
    this.events = steps.map(({ id, value }, i) => ({
      kind: value === undefined ? 'delete' : 'put',
      key: PREFIX + id,
      value: value ?? Buffer.alloc(0),
      modRevision: BigInt(i + 1),
    }));
  }

  /** What is in the store at a revision. */
  list(revision: number): KeyValue[] {
    const kvs = new Map<string, KeyValue>();
    for (const { kind, key, value, modRevision } of this.events.slice(0, revision)) {
      kvs.delete(key);
      if (kind === 'put') kvs.set(key, { key, value, modRevision });
    }
    return [...kvs.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Ids and weights of the good instances in the end. */
  get wanted(): string[] {
    const last = new Map(this.steps.map((step) => [step.id, step]));
    const kept = [...last.values()].filter(({ weight }) => weight !== undefined);
    return kept.map(({ id, weight }) => `${id}:${weight}`).sort();
  }
}

const histories = fc.array(steps, { minLength: 1, maxLength: 40 }).map((each) => new History(each));

function newView(broken: unknown[] = []): InstanceStore {
  return new InstanceStore('greeter', PREFIX, DEFAULT_LIMITS, {
    broken: (_, error) => broken.push(error),
    crowded: () => undefined,
    calm: () => undefined,
  });
}

const shown = (view: InstanceStore) =>
  view.snapshot.instances.map(({ id, weight }) => `${id}:${weight}`);

describe('InstanceStore, whatever the history', () => {
  it('shows every good instance of a list, and nothing else', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const view = newView();
        view.replace(BigInt(history.events.length), history.list(history.events.length));
        expect(shown(view)).toEqual(history.wanted);
      }),
      { numRuns: 250 },
    );
  });

  it('ends with what the store holds, wherever a list ends and the events go on, and in answers of any size', () => {
    const cuts = fc.array(fc.nat(40), { maxLength: 10 });
    fc.assert(
      fc.property(histories, fc.nat(), cuts, (history, start, sizes) => {
        const view = newView();
        const from = start % (history.events.length + 1);
        view.replace(BigInt(from), history.list(from));
        let at = from;
        const seen: string[][][] = [];
        for (const size of [...sizes, history.events.length]) {
          view.apply(history.events.slice(at, at + size));
          at = Math.min(at + size, history.events.length);
          // Read now and then, or never: an order that was read once is kept from then on.
          if (size % 2 === 0)
            seen.push([shown(view), new History(history.steps.slice(0, at)).wanted]);
        }
        expect(shown(view)).toEqual(history.wanted);
        for (const [read, wanted] of seen) expect(read).toEqual(wanted);
      }),
      { numRuns: 250 },
    );
  });

  it('ends with what the store holds when it is listed again while events come', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.nat(), fc.nat(), (history, a, b, c) => {
        const { events } = history;
        const [asked, listed, answered] = [a, b, c]
          .map((each) => each % (events.length + 1))
          .sort((x, y) => x - y) as [number, number, number];
        const view = newView();
        view.apply(events.slice(0, asked));
        // As ListWatch does: what comes before the answer is shown at once and kept until the list is there.
        const buffer = events.slice(asked, answered);
        view.apply(buffer);
        view.replace(BigInt(listed), history.list(listed));
        view.apply(buffer);
        view.apply(events.slice(answered));
        expect(shown(view)).toEqual(history.wanted);
      }),
      { numRuns: 400 },
    );
  });

  it('ends the same in whatever order the keys of one answer come, as long as each key keeps its own', () => {
    fc.assert(
      fc.property(
        histories,
        fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        (history, chances) => {
          const view = newView();
          view.apply(interleaved(history.events, chances));
          expect(shown(view)).toEqual(history.wanted);
          expect(view.revision).toBe(BigInt(history.events.length));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('reports each broken entry once, however often it is listed', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const broken: unknown[] = [];
        const view = newView(broken);
        const revision = history.events.length;
        view.replace(BigInt(revision), history.list(revision));
        const told = broken.length;
        expect(told).toBe(history.list(revision).length - history.wanted.length);
        view.replace(BigInt(revision + 1), history.list(revision));
        expect(broken).toHaveLength(told);
      }),
      { numRuns: 250 },
    );
  });
});

/** Another order of the same events, decided by chance, in which the events of each key keep theirs. */
function interleaved(events: readonly WatchEvent[], chances: readonly number[]): WatchEvent[] {
  const queues = IDS.map((id) => events.filter(({ key }) => key === PREFIX + id));
  const result: WatchEvent[] = [];
  for (const chance of chances) {
    const waiting = queues.filter((queue) => queue.length > 0);
    const event = waiting[chance % waiting.length]?.shift();
    if (event) result.push(event);
  }
  return result;
}
