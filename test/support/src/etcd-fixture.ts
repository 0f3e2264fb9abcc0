import { TcpProxy } from '@grpc-discovery/embedded-etcd/tcp-proxy';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { etcdBinary } from './etcd-binary.js';
import { EtcdServer } from './etcd-server.js';
import { freePorts } from './ports.js';

/** An etcd that a whole system uses and whose faults can be switched. */
export interface EtcdFixture {
  readonly url: string;
  /** Nobody reaches etcd any more. */
  stop(): Promise<void>;
  /** Everybody reaches it again; with `wipe`, it has forgotten what it held. */
  restart(options?: { readonly wipe?: boolean }): Promise<void>;
  /** Connections stay open and nothing is answered, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes what it held. */
  destroy(): Promise<void>;
}

/** One way to come by an etcd. */
export interface EtcdKind {
  /** For people. */
  readonly name: string;
  start(): Promise<EtcdFixture>;
}

/**
 * The ways that this machine offers, the most real one first: the etcd that ETCD_HOSTS names, else the binary that
 * {@link etcdBinary} finds; and always the embedded one.
 * @param prefix What is removed from somebody else's etcd in the end.
 */
export function etcdKinds(prefix: string): readonly [EtcdKind, ...EtcdKind[]] {
  const embedded: EtcdKind = { name: 'the embedded etcd', start: embeddedEtcd };
  const [host] = (process.env.ETCD_HOSTS ?? '').split(',').filter(Boolean);
  if (host) {
    const name = `the etcd at ${host}, behind a proxy`;
    return [{ name, start: () => foreignEtcd(host, prefix) }, embedded];
  }
  const binary = etcdBinary();
  if (binary) {
    return [
      { name: `etcd ${binary.version}`, start: () => EtcdServer.start({ binary }) },
      embedded,
    ];
  }
  return [embedded];
}

async function embeddedEtcd(): Promise<EtcdFixture> {
  const [port] = await freePorts(1);
  const etcd = await EmbeddedEtcd.start({ port });
  return {
    url: etcd.hosts[0] ?? '',
    stop: () => etcd.stop(),
    restart: async ({ wipe = false } = {}) => {
      await etcd.restart();
      if (wipe) etcd.wipe();
    },
    freeze: () => etcd.freeze(),
    thaw: () => etcd.thaw(),
    destroy: () => etcd.stop(),
  };
}

/**
 * Somebody else's etcd, which is never stopped: a proxy in front of it is. Nor is it made to forget: an embedded etcd, which
 * is empty, takes its place behind the proxy.
 */
async function foreignEtcd(host: string, prefix: string): Promise<EtcdFixture> {
  const proxy = await TcpProxy.start(host);
  let substitute: EmbeddedEtcd | undefined;
  return {
    url: proxy.url,
    stop: () => Promise.resolve(proxy.cut()),
    restart: async ({ wipe = false } = {}) => {
      proxy.cut();
      if (!wipe) return proxy.heal();
      await substitute?.stop();
      substitute = await EmbeddedEtcd.start();
      proxy.heal(substitute.hosts[0]);
    },
    freeze: () => proxy.stall(),
    thaw: () => proxy.heal(),
    destroy: async () => {
      await proxy.stop();
      await substitute?.stop();
      await deletePrefix(host, prefix);
    },
  };
}

/** By etcd's JSON gateway, so that this needs no client. */
async function deletePrefix(host: string, prefix: string): Promise<void> {
  const last = prefix.charCodeAt(prefix.length - 1);
  const end = `${prefix.slice(0, -1)}${String.fromCharCode(last + 1)}`;
  const response = await fetch(`${host}/v3/kv/deleterange`, {
    method: 'POST',
    body: JSON.stringify({ key: btoa(prefix), range_end: btoa(end) }),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`etcd answered ${response.status} to the removal of ${prefix}`);
}
