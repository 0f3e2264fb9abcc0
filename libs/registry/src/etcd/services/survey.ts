import { isServiceName } from '../../instance/assert-instance.js';
import { epochKey } from '../../instance/keys.js';
import { silentLogger } from '../../registry.js';
import { systemClock } from '../../timing/clock.js';
import { toRegistryError } from '../client/etcd-failure.js';
import { Etcd3Client } from '../client/etcd3-client.js';
import { Etcd3Connection } from '../client/etcd3-connection.js';
import { TlsMaterial } from '../client/tls.js';
import type { EtcdRegistryOptions } from '../etcd-options.js';
import { normalizeEtcdOptions } from '../normalize-etcd-options.js';
import { EtcdSession } from '../session/etcd-session.js';
import { PageSize, prefixRange } from '../watch/range-list.js';

/** A key of the store, whoever put it. */
export interface StoredKey {
  readonly key: string;
  /** Whether it ends with a lease; without one it stays until somebody deletes it. */
  readonly leased: boolean;
}

export interface StoreSurvey {
  /** In order. */
  readonly keys: readonly StoredKey[];
  /** Whether there are more than were asked for. */
  readonly more: boolean;
}

/** Reads to the end of the store, as etcd's API has it. */
const EVERYTHING = { key: '\0', rangeEnd: '\0' };

/**
 * The keys of the whole store, of every namespace and of others than this package, without their values: to find out why
 * instances are not found. The user needs the right to read all of it. Bounded: it is tried for at most 6 s.
 * @param limit How many keys are read at most. @default 10000
 * @throws as `createEtcdRegistry`; RegistryUnreachableError, RegistryRefusedError
 */
export async function surveyEtcd(
  options: EtcdRegistryOptions,
  limit = 10_000,
): Promise<StoreSurvey> {
  const { hosts, auth, namespace, ...rest } = normalizeEtcdOptions(options);
  const tls = new TlsMaterial(rest.tls, silentLogger).current();
  const session = new EtcdSession({
    hosts,
    probeKey: epochKey(namespace),
    connect: (host) => new Etcd3Connection(new Etcd3Client(host, auth, tls), systemClock),
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
  try {
    return await survey(session, limit);
  } catch (error) {
    throw toRegistryError(error, hosts, 'All keys', 'Try it again later');
  } finally {
    session.close();
  }
}

/** With values, though nobody reads them: answers without them tell no leases on etcd 3.7. */
async function survey(session: EtcdSession, limit: number): Promise<StoreSurvey> {
  const pages = new PageSize(systemClock);
  const keys: StoredKey[] = [];
  let key = EVERYTHING.key;
  for (;;) {
    const from = { ...EVERYTHING, key };
    const left = limit - keys.length;
    const { kvs, more } = await pages.fit((size, limits) =>
      session.call(
        (connection, timeoutMs) =>
          connection.range({ ...from, limit: Math.min(size, left) }, timeoutMs),
        limits,
      ),
    );
    keys.push(...kvs.map((kv) => ({ key: kv.key, leased: kv.lease !== undefined })));
    const last = kvs.at(-1);
    if (!more || last === undefined || keys.length >= limit) return { keys, more };
    key = `${last.key}\0`;
  }
}

/** Keys alone are short: this many are well below what is received at once. */
const PAGE_SIZE = 5_000;

/** What is stored of services, by the first part of its keys behind the namespace. */
const SPACES = ['instances', 'config', 'overrides'];

/**
 * Names of all services that anything is stored of, in order.
 * @throws EtcdFailure
 */
export async function serviceNames(session: EtcdSession, namespace: string): Promise<string[]> {
  const names = new Set<string>();
  for (const space of SPACES) {
    const prefix = `/${namespace}/${space}/`;
    for await (const key of keysOf(session, prefix)) {
      const [name] = key.slice(prefix.length).split('/');
      if (isServiceName(name)) names.add(name);
    }
  }
  return [...names].sort();
}

async function* keysOf(session: EtcdSession, prefix: string): AsyncGenerator<string> {
  let range = { ...prefixRange(prefix), limit: PAGE_SIZE, keysOnly: true };
  for (;;) {
    const asked = range;
    const { kvs, more } = await session.call((connection, timeoutMs) =>
      connection.range(asked, timeoutMs),
    );
    for (const { key } of kvs) yield key;
    const last = kvs.at(-1);
    if (!more || last === undefined) return;
    range = { ...range, key: `${last.key}\0` };
  }
}
