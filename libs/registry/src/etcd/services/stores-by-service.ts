import { isServiceName } from '../../instance/assert-instance.js';
import { DecodedEntries } from '../watch/decoded-entries.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import type { ListWatchStore } from '../watch/list-watch.js';

/** The view of one service within a {@link StoresByService}. */
export interface ServiceStore extends ListWatchStore {
  /** Whether it holds nothing, not even a broken entry: it can be forgotten. */
  readonly isEmpty: boolean;
}

export interface StoresByServiceOptions<View> {
  /** Makes the view of a service that is told of for the first time, or again. */
  readonly create: (service: string) => View;
  /** Makes the error of a key that belongs to no service. */
  readonly stray: (key: string) => Error;
  /** Called once per such key and revision. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** All keys `<prefix><service>/<id>`, each service in a view of its own: what is told of one costs the others nothing. */
export class StoresByService<View extends ServiceStore> implements ListWatchStore {
  private readonly views = new Map<string, View>();
  private readonly strays: DecodedEntries<never>;
  /** Names of the views in order; undefined after one came or went, until they are read. */
  private names: string[] | undefined;
  private reflected = 0n;
  private changes = 0;

  constructor(
    private readonly prefix: string,
    private readonly options: StoresByServiceOptions<View>,
  ) {
    const refuse = ({ key }: KeyValue): never => {
      throw options.stray(key);
    };
    this.strays = new DecodedEntries(refuse, options.onStray);
  }

  get revision(): bigint {
    return this.reflected;
  }

  get brokenEntries(): number {
    let count = this.strays.brokenEntries;
    for (const { brokenEntries } of this.views.values()) count += brokenEntries;
    return count;
  }

  /** Grows with each change of a view. */
  get version(): number {
    return this.changes;
  }

  get(service: string): View | undefined {
    return this.views.get(service);
  }

  /** The services and their views, in order of name. */
  *inOrder(): Generator<[string, View]> {
    this.names ??= [...this.views.keys()].sort();
    for (const name of this.names) yield [name, this.views.get(name)!];
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    const { ofServices, strays } = this.split(kvs);
    for (const service of this.views.keys()) {
      if (!ofServices.has(service)) ofServices.set(service, []);
    }
    this.strays.replace(revision, strays);
    this.reflected = revision;
    return this.change(ofServices, (view, own) => view.replace(revision, own));
  }

  apply(events: readonly WatchEvent[]): boolean {
    const fresh = events.filter(({ modRevision }) => modRevision > this.reflected);
    const { ofServices, strays } = this.split(fresh);
    this.strays.apply(strays);
    for (const { modRevision } of fresh) {
      if (modRevision > this.reflected) this.reflected = modRevision;
    }
    return this.change(ofServices, (view, own) => view.apply(own));
  }

  clear(): void {
    for (const view of this.views.values()) view.clear();
    this.strays.clear();
    this.reflected = 0n;
    this.changes++;
  }

  /** Changes the views of some services by a function that returns whether there is something to tell. */
  change<Part>(
    ofServices: ReadonlyMap<string, Part>,
    apply: (view: View, part: Part) => boolean,
  ): boolean {
    let changed = false;
    for (const [service, part] of ofServices) {
      const view = this.views.get(service) ?? this.add(service);
      changed = apply(view, part) || changed;
      if (view.isEmpty) this.forget(service);
    }
    if (changed) this.changes++;
    return changed;
  }

  private split<Told extends { readonly key: string }>(told: readonly Told[]) {
    const ofServices = new Map<string, Told[]>();
    const strays: Told[] = [];
    for (const each of told) {
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
    return this.views.has(service) || isServiceName(service) ? service : undefined;
  }

  private add(service: string): View {
    const view = this.options.create(service);
    this.views.set(service, view);
    this.names = undefined;
    return view;
  }

  private forget(service: string): void {
    this.views.delete(service);
    this.names = undefined;
  }
}
