import type { RegistryLimits } from '../limits.js';
import type { SnapshotOptions } from '../snapshots/snapshot-keeper.js';

/** How to reach etcd and which keys to use. */
export interface EtcdRegistryOptions {
  /**
   * Endpoints of one etcd cluster: `http://host:port`, `https://host:port` or `host:port`; the port defaults to 2379.
   * One string may list several, separated by commas. When one fails, the next is used, and the failed one is
   * left alone for 5 s. Use http for all or https for all.
   */
  readonly hosts: string | readonly string[];
  /**
   * First part of every key: `/<namespace>/instances/…`. Registries of different namespaces never see each other.
   * Letters, digits, `.`, `-` and `_`, at most 128.
   * @default 'discovery'
   */
  readonly namespace?: string;
  /**
   * Seconds that an instance stays in the registry after its process was lost. Short values detect a loss sooner, but a
   * failover of etcd takes up to 4 s, during which instances must not vanish. An integer from 5 to 3600.
   * @default 10
   */
  readonly leaseTtlSeconds?: number;
  /**
   * User of etcd, with `readwrite` on `/<namespace>/`.
   * @default no authentication
   */
  readonly auth?: { readonly username: string; readonly password: string };
  /**
   * TLS material in PEM, for https hosts: the CA that signed etcd's certificate, and for mutual TLS the key and certificate of
   * this client. Pass each by its content or by the path of a file. Files are read again for each connection, so that you can
   * replace certificates while the process runs. With this option, hosts without a scheme are https.
   * @default the CAs of Node for https hosts, no TLS for others
   */
  readonly tls?: {
    readonly rootCertificate?: Buffer;
    readonly privateKey?: Buffer;
    readonly certChain?: Buffer;
    /** Instead of `rootCertificate`. */
    readonly caFile?: string;
    /** Instead of `privateKey`. */
    readonly keyFile?: string;
    /** Instead of `certChain`. */
    readonly certFile?: string;
    /**
     * The name or IP address to check etcd's certificate for, if you dial the endpoints by other names, as through a tunnel.
     * @default the host of the endpoint
     */
    readonly serverName?: string;
  };
  /**
   * Size limits for written and read entries.
   * @default see each limit
   */
  readonly limits?: Partial<RegistryLimits>;
  /**
   * Keeps the last snapshot of each watched service on disk, for a process that starts while etcd is down: after 1 s without an
   * answer, or after the first failure, the snapshot is delivered as `stale` until etcd answers.
   * @default nothing is written or read
   */
  readonly snapshots?: SnapshotOptions;
}

/** {@link EtcdRegistryOptions} with every default filled in. */
export interface NormalizedEtcdOptions {
  /** `http://host:port` or `https://host:port`, without duplicates, in the order given. */
  readonly hosts: readonly string[];
  readonly namespace: string;
  readonly leaseTtlSeconds: number;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  readonly limits: RegistryLimits;
  readonly snapshots: Required<SnapshotOptions> | undefined;
  /** Defined if the hosts are https. */
  readonly tls:
    | {
        readonly rootCertificate: Buffer | undefined;
        readonly privateKey: Buffer | undefined;
        readonly certChain: Buffer | undefined;
        /** Absolute, as the other files. */
        readonly caFile: string | undefined;
        readonly keyFile: string | undefined;
        readonly certFile: string | undefined;
        readonly serverName: string | undefined;
      }
    | undefined;
}
