import { isServiceName } from '../../instance/assert-instance.js';
import { systemClock } from '../../timing/clock.js';
import type { EtcdSession } from '../session/etcd-session.js';
import { PageSize, pagesOf, prefixRange } from '../watch/range-list.js';

/** A key of etcd, of this package or any other program. */
export interface StoredKey {
  readonly key: string;
  /** Whether it ends with a lease; without one it stays until someone deletes it. */
  readonly leased: boolean;
}

export interface StoreSurvey {
  /** In order. */
  readonly keys: readonly StoredKey[];
  /** Whether there are more keys than the limit. */
  readonly more: boolean;
}

/** Ranges to the end of the store, in etcd's notation. */
const EVERYTHING = { key: '\0', rangeEnd: '\0' };
/** Keys alone are short: this many stay well below the message limit. */
const KEYS_PAGE_SIZE = 5_000;
/** First segments of the keys of a service, after the namespace. */
const SPACES = ['instances', 'config', 'overrides'];

/**
 * All keys of the store. Reads values although nobody needs them: on etcd 3.7 answers without values lack the leases.
 * @throws EtcdFailure
 */
export async function survey(session: EtcdSession, limit: number): Promise<StoreSurvey> {
  const size = new PageSize(systemClock);
  const keys: StoredKey[] = [];
  const pages = pagesOf(EVERYTHING, (rest) =>
    size.fit((pageSize, limits) => {
      const range = { ...rest, limit: Math.min(pageSize, limit - keys.length) };
      return session.call((connection, timeoutMs) => connection.range(range, timeoutMs), limits);
    }),
  );
  for await (const { kvs, more } of pages) {
    keys.push(...kvs.map(({ key, lease }) => ({ key, leased: lease !== undefined })));
    if (keys.length >= limit) return { keys, more };
  }
  return { keys, more: false };
}

/**
 * Names of all services that have an instance, a config or a weight, in order.
 * @throws EtcdFailure
 */
export async function serviceNames(session: EtcdSession, namespace: string): Promise<string[]> {
  const names = new Set<string>();
  for (const space of SPACES) {
    const prefix = `/${namespace}/${space}/`;
    const keys = { ...prefixRange(prefix), limit: KEYS_PAGE_SIZE, keysOnly: true };
    const pages = pagesOf(keys, (rest) =>
      session.call((connection, timeoutMs) => connection.range(rest, timeoutMs)),
    );
    for await (const { kvs } of pages) {
      for (const { key } of kvs) {
        const [name] = key.slice(prefix.length).split('/');
        if (isServiceName(name)) names.add(name);
      }
    }
  }
  return [...names].sort();
}
