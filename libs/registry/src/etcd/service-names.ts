import { isServiceName } from '../instance/service-name.js';
import type { EtcdSession } from './etcd-session.js';
import { prefixRange } from './range-list.js';

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
