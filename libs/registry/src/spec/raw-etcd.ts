import { Etcd3 } from 'etcd3';

export interface RawKey {
  readonly value: string;
  readonly createRevision: string;
  readonly modRevision: string;
  readonly lease: string;
}

/** Looks into an etcd and disturbs it, behind the registry's back. Each call has a client of its own. */
export class RawEtcd {
  constructor(private readonly url: string) {}

  get(key: string): Promise<RawKey | undefined> {
    return this.use(async ({ kv }) => {
      const { kvs } = await kv.range({ key: Buffer.from(key) });
      const [found] = kvs;
      if (found === undefined) return undefined;
      const { value, create_revision, mod_revision, lease } = found;
      return {
        value: value.toString(),
        createRevision: create_revision,
        modRevision: mod_revision,
        lease,
      };
    });
  }

  revision(): Promise<string> {
    return this.use(async ({ kv }) => {
      const { header } = await kv.range({ key: Buffer.from('/'), count_only: true });
      return header.revision;
    });
  }

  /** Puts a key on a lease of its own that nobody keeps alive. */
  putLeased(key: string, value: string, ttlSeconds: number): Promise<void> {
    return this.use(async ({ kv, leaseClient }) => {
      const { ID: lease } = await leaseClient.leaseGrant({ TTL: ttlSeconds });
      await kv.put({ key: Buffer.from(key), value: Buffer.from(value), lease });
    });
  }

  put(key: string, value: string | Buffer): Promise<void> {
    return this.putAll([[key, value]]);
  }

  putAll(entries: readonly (readonly [string, string | Buffer])[]): Promise<void> {
    return this.use(async ({ kv }) => {
      // etcd takes 128 operations in one transaction.
      for (let i = 0; i < entries.length; i += 100) {
        const success = entries.slice(i, i + 100).map(([key, value]) => ({
          request_put: { key: Buffer.from(key), value: Buffer.from(value) },
        }));
        await kv.txn({ compare: [], success, failure: [] });
      }
    });
  }

  delete(key: string): Promise<void> {
    return this.use(async ({ kv }) => {
      await kv.deleteRange({ key: Buffer.from(key) });
    });
  }

  /** Forgets the history of everything before now. */
  compact(): Promise<void> {
    return this.use(async ({ kv }) => {
      const { header } = await kv.range({ key: Buffer.from('/'), count_only: true });
      await kv.compact({ revision: header.revision, physical: true });
    });
  }

  leases(): Promise<string[]> {
    return this.use(async ({ leaseClient }) => {
      const { leases } = await leaseClient.leaseLeases();
      return leases.map(({ ID }) => ID);
    });
  }

  revokeAll(): Promise<void> {
    return this.use(async ({ leaseClient }) => {
      const { leases } = await leaseClient.leaseLeases();
      for (const { ID } of leases) await leaseClient.leaseRevoke({ ID });
    });
  }

  private async use<T>(run: (client: Etcd3) => Promise<T>): Promise<T> {
    const client = new Etcd3({ hosts: this.url });
    try {
      return await run(client);
    } finally {
      client.close();
    }
  }
}
