import { silentLogger } from '../registry.js';
import { systemClock } from '../timing/clock.js';
import { toRegistryError } from './etcd-failure.js';
import type { EtcdRegistryOptions } from './etcd-options.js';
import { EtcdSession } from './etcd-session.js';
import { Etcd3Client } from './etcd3-client.js';
import { Etcd3Connection } from './etcd3-connection.js';
import { PageSize } from './range-list.js';
import { epochKey } from '../instance/instance-key.js';
import { normalizeEtcdOptions } from './normalize-etcd-options.js';
import { TlsMaterial } from './tls-material.js';

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
