import type { RegistryLimits } from '../limits.js';
import type { SnapshotOptions } from '../snapshots/snapshot-options.js';

/** How to reach etcd and where in it to work. */
export interface EtcdRegistryOptions {
  /**
   * Endpoints of one etcd cluster: `http://host:port`, `https://host:port` or `host:port`; the port defaults to 2379.
   * One string may list several, separated by commas. When one fails, the next is used and the failed one rests for 5 s. All
   * must be http or all https.
   */
  readonly hosts: string | readonly string[];
  /**
   * First part of every key: `/<namespace>/instances/…`. Registries of different namespaces never see each other.
   * Letters, digits, `.`, `-` and `_`, at most 128.
   * @default 'discovery'
   */
  readonly namespace?: string;
  /**
   * How long, in seconds, an instance stays in the registry after its process was lost. Short values find losses sooner,
   * but a failover of etcd takes up to 4 s, in which instances must not vanish. An integer from 5 to 3600.
   * @default 10
   */
  readonly leaseTtlSeconds?: number;
  /**
   * User of etcd, with `readwrite` on `/<namespace>/`.
   * @default no authentication
   */
  readonly auth?: { readonly username: string; readonly password: string };
  /**
   * TLS material in PEM, for https hosts: the CA that signed etcd's certificate, and for mutual TLS key and certificate
   * of this client. Each is given by its content or by the path of a file; files are read anew for each connection, so that
   * certificates may be replaced while the process runs. Hosts without a scheme are taken as https when it is given.
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
     * The name, or IP address, that etcd's certificate is checked for; for endpoints that are dialled by others, as through a
     * tunnel.
     * @default the host of the endpoint
     */
    readonly serverName?: string;
  };
  /**
   * Bounds of sizes, for what is registered as well as for what is found.
   * @default see each of them
   */
  readonly limits?: Partial<RegistryLimits>;
  /**
   * Keeps the last snapshot of each watched service on disk, for a process that starts while etcd is away: after 1 s without an
   * answer, or the first failure, it is told as `stale`, until etcd answers.
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
  /** Not undefined when the hosts are https. */
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
