import { BrokenEntryError } from '../../errors/registry-errors.js';
import { isServiceName } from '../../instance/assert-instance.js';
import { DecodedEntries } from '../watch/decoded-entries.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import type { ListWatchStore } from '../watch/list-watch.js';

/** The store of one service within {@link StoresByService}. */
export interface ServiceStore extends ListWatchStore {
  /** Whether it holds nothing, not even a broken entry, and can be dropped. */
  readonly isEmpty: boolean;
}

export interface StoresByServiceOptions<Store> {
  /** Creates the store of a service when its first entry appears. */
  readonly create: (service: string) => Store;
  /** What the entries are, for the error of a key that belongs to no service. */
  readonly kind: BrokenEntryError['kind'];
  /** Called once per such key and revision. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** All keys `<prefix><service>/<id>`, one store per service, so that a change of one costs the others nothing. */
export class StoresByService<Store extends ServiceStore> implements ListWatchStore {
  private readonly stores = new Map<string, Store>();
  private readonly strays: DecodedEntries<never>;
  /** Names of the stores in order; undefined after one was added or removed, until the next read. */
  private names: string[] | undefined;
  private reflected = 0n;
  private changes = 0;

  constructor(
    private readonly prefix: string,
    private readonly options: StoresByServiceOptions<Store>,
  ) {
    const refuse = ({ key }: KeyValue): never => {
      const reason = `its key is not of the form ${prefix}<service>/<instanceId>`;
      throw new BrokenEntryError(options.kind, key, reason);
    };
    this.strays = new DecodedEntries(refuse, options.onStray);
  }

  get revision(): bigint {
    return this.reflected;
  }

  get brokenEntries(): number {
    let count = this.strays.brokenEntries;
    for (const { brokenEntries } of this.stores.values()) count += brokenEntries;
    return count;
  }

  /** Grows with each visible change of a store. */
  get version(): number {
    return this.changes;
  }

  get(service: string): Store | undefined {
    return this.stores.get(service);
  }

  /** The services and their stores, in order of name. */
  *inOrder(): Generator<[string, Store]> {
    this.names ??= [...this.stores.keys()].sort();
    for (const name of this.names) yield [name, this.stores.get(name)!];
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    const { ofServices, strays } = this.split(kvs);
    for (const service of this.stores.keys()) {
      if (!ofServices.has(service)) ofServices.set(service, []);
    }
    this.strays.replace(revision, strays);
    this.reflected = revision;
    return this.change(ofServices, (store, own) => store.replace(revision, own));
  }

  apply(events: readonly WatchEvent[]): boolean {
    const fresh = events.filter(({ modRevision }) => modRevision > this.reflected);
    const { ofServices, strays } = this.split(fresh);
    this.strays.apply(strays);
    for (const { modRevision } of fresh) {
      if (modRevision > this.reflected) this.reflected = modRevision;
    }
    return this.change(ofServices, (store, own) => store.apply(own));
  }

  clear(): void {
    for (const store of this.stores.values()) store.clear();
    this.strays.clear();
    this.reflected = 0n;
    this.changes++;
  }

  /** Changes the stores of some services with a function that returns whether listeners need to be notified. */
  change<Part>(
    ofServices: ReadonlyMap<string, Part>,
    apply: (store: Store, part: Part) => boolean,
  ): boolean {
    let changed = false;
    for (const [service, part] of ofServices) {
      const store = this.stores.get(service) ?? this.add(service);
      changed = apply(store, part) || changed;
      if (store.isEmpty) this.forget(service);
    }
    if (changed) this.changes++;
    return changed;
  }

  private split<Entry extends { readonly key: string }>(entries: readonly Entry[]) {
    const ofServices = new Map<string, Entry[]>();
    const strays: Entry[] = [];
    for (const each of entries) {
      const service = this.serviceOf(each.key);
      const own = service === undefined ? strays : ofServices.get(service);
      if (own) own.push(each);
      else ofServices.set(service!, [each]);
    }
    return { ofServices, strays };
  }

  private serviceOf(key: string): string | undefined {
    const end = key.indexOf('/', this.prefix.length);
    const service = end < 0 ? '' : key.slice(this.prefix.length, end);
    return this.stores.has(service) || isServiceName(service) ? service : undefined;
  }

  private add(service: string): Store {
    const store = this.options.create(service);
    this.stores.set(service, store);
    this.names = undefined;
    return store;
  }

  private forget(service: string): void {
    this.stores.delete(service);
    this.names = undefined;
  }
}
