import { EtcdServer } from './etcd-server.js';
import { TcpProxy } from './tcp-proxy.js';

/** An etcd that a whole system uses and that can be taken away from it. */
export interface EtcdFixture {
  /** How it came about, for people. */
  readonly description: string;
  readonly url: string;
  /** Nobody reaches etcd any more. */
  stop(): Promise<void>;
  /** Everybody reaches it again; with `wipe`, all that it held under the namespace is gone. */
  restart(options?: { readonly wipe?: boolean }): Promise<void>;
  destroy(): Promise<void>;
}

/** A process of our own: stopping it is a real stop. */
export async function ownEtcd(): Promise<EtcdFixture> {
  const server = await EtcdServer.start();
  return {
    description: `an etcd of its own at ${server.url}`,
    url: server.url,
    stop: () => server.stop(),
    restart: (options) => server.restart(options),
    destroy: () => server.destroy(),
  };
}

/**
 * Somebody else's etcd, which is never stopped: a proxy in front of it is. It forgets what stands under the prefix, and
 * only that, while nobody reaches it through the proxy.
 */
export async function foreignEtcd(url: string, prefix: string): Promise<EtcdFixture> {
  const { hostname, port } = new URL(url);
  const proxy = await TcpProxy.start(hostname, Number(port || 2379));
  return {
    description: `the etcd at ${url}, behind a proxy that is cut instead of stopping etcd`,
    url: `http://127.0.0.1:${proxy.port}`,
    stop: () => proxy.cut(),
    restart: async ({ wipe = false } = {}) => {
      await proxy.cut();
      if (wipe) await deletePrefix(url, prefix);
      await proxy.heal();
    },
    destroy: async () => {
      await proxy.cut();
      await deletePrefix(url, prefix);
    },
  };
}

/** By etcd's JSON gateway, so that this needs no client. */
async function deletePrefix(url: string, prefix: string): Promise<void> {
  const end = `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
  const response = await fetch(`${url}/v3/kv/deleterange`, {
    method: 'POST',
    body: JSON.stringify({ key: btoa(prefix), range_end: btoa(end) }),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`etcd answered ${response.status} to the removal of ${prefix}`);
}
