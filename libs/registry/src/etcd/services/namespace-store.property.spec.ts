import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../limits.js';
import { anInstance } from '../../spec/instances.js';
import type { Snapshot } from '../../watcher.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import { NamespaceStore } from './namespace-watch.js';

const PREFIX = '/discovery/instances/';
const SERVICES = ['user', 'user-admin', 'user.admin', 'u', 'orders'];
const KEYS = SERVICES.flatMap((service) => ['a', 'b'].map((id) => `${service}/${id}`));
const STRAYS = ['user', 'a b/x', '/x', 'user/a/b'];

/** What becomes of a key: a good instance of some weight, something broken, or nothing any more. */
interface Change {
  readonly key: string;
  readonly weight: number | 'broken' | 'none';
}

/** Changes of one revision that are delivered, or found by the list that follows them. */
interface Step {
  readonly changes: readonly Change[];
  readonly listed: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  key: fc.constantFrom(...KEYS, ...STRAYS).map((key) => PREFIX + key),
  weight: fc.oneof(
    { weight: 4, arbitrary: fc.nat(9) },
    { weight: 2, arbitrary: fc.constantFrom('broken' as const, 'none' as const) },
  ),
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    changes: fc.uniqueArray(change, { selector: ({ key }) => key, maxLength: 4 }),
    listed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

/** A store, and a view that receives its changes. */
class World {
  readonly view = new NamespaceStore(PREFIX, {
    limits: DEFAULT_LIMITS,
    reportOf: () => ({ broken: none, crowded: none, calm: none }),
    onStray: none,
  });
  private readonly kvs = new Map<string, KeyValue>();
  private readonly weights = new Map<string, number>();
  private revision = 0n;

  /** Returns the services that the step is about. */
  take({ changes, listed }: Step): Set<string> {
    this.revision++;
    // A delete of what is not there is no event.
    const real = changes.filter(({ key, weight }) => weight !== 'none' || this.kvs.has(key));
    const events = real.map((each) => this.change(each));
    if (listed) this.view.replace(this.revision, inOrder([...this.kvs.values()]));
    else this.view.apply(events);
    return new Set(real.map(({ key }) => serviceOf(key)));
  }

  /** `<service>/<id>:<weight>` of all good instances. */
  get wanted(): string[] {
    return [...this.weights].map(([key, weight]) => `${key}:${weight}`).sort();
  }

  get shown(): string[] {
    const all = [...this.view.snapshots()].flatMap(({ service, instances }) =>
      instances.map(({ id, weight }) => `${PREFIX}${service}/${id}:${weight}`),
    );
    return all.sort();
  }

  get snapshots(): Map<string, Snapshot> {
    return new Map([...this.view.snapshots()].map((each) => [each.service, each]));
  }

  private change({ key, weight }: Change): WatchEvent {
    const modRevision = this.revision;
    this.weights.delete(key);
    if (weight === 'none') {
      this.kvs.delete(key);
      return { kind: 'delete', key, value: Buffer.alloc(0), modRevision };
    }
    const isGood = typeof weight === 'number' && KEYS.includes(key.slice(PREFIX.length));
    if (isGood) this.weights.set(key, weight);
    const [service = '', id = ''] = key.slice(PREFIX.length).split('/');
    const value = isGood ? JSON.stringify(anInstance({ service, id, weight })) : 'no instance';
    const kv = { key, value: Buffer.from(value), modRevision };
    this.kvs.set(key, kv);
    return { kind: 'put', ...kv };
  }
}

describe('NamespaceStore, whatever the history', () => {
  it('shows every good instance of every service, from events or lists, in order of service', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = new World();
        for (const step of history) {
          world.take(step);
          expect(world.shown).toEqual(world.wanted);
          const names = [...world.snapshots.keys()];
          expect(names).toEqual([...names].sort());
        }
      }),
      { numRuns: 250 },
    );
  });

  it('keeps the very snapshot of each service that a step is not about', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = new World();
        let before = world.snapshots;
        for (const step of history) {
          const about = world.take(step);
          const now = world.snapshots;
          const others = [...before.keys()].filter((service) => !about.has(service));
          for (const service of others) expect(now.get(service)).toBe(before.get(service));
          before = now;
        }
      }),
      { numRuns: 250 },
    );
  });
});

const none = () => undefined;
const serviceOf = (key: string) => key.slice(PREFIX.length).split('/')[0] ?? '';
const inOrder = (kvs: KeyValue[]) => kvs.sort((a, b) => (a.key < b.key ? -1 : 1));
