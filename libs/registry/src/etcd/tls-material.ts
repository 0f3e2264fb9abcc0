import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { reason } from '../errors/registry-errors.js';
import type { RegistryLogger } from '../registry.js';
import type { NormalizedEtcdOptions } from './etcd-options.js';

type TlsOptions = NonNullable<NormalizedEtcdOptions['tls']>;

/** PEM that fits together, and what the certificate of etcd is checked for. */
export interface EtcdTls {
  readonly rootCertificate: Buffer | undefined;
  readonly privateKey: Buffer | undefined;
  readonly certChain: Buffer | undefined;
  /** Undefined for the host of the endpoint. */
  readonly serverName: string | undefined;
}

/**
 * What the options name, files as they are now.
 * @throws Error of Node when a file can't be read, or key and certificates don't belong together.
 */
export function readTls(options: TlsOptions): EtcdTls {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const rootCertificate = options.rootCertificate ?? read(options.caFile);
  const privateKey = options.privateKey ?? read(options.keyFile);
  const certChain = options.certChain ?? read(options.certFile);
  createSecureContext({ ca: rootCertificate, key: privateKey, cert: certChain });
  return { rootCertificate, privateKey, certChain, serverName: options.serverName };
}

/** TLS material as the files hold it when a connection is opened; the last good one while they are being replaced. */
export class TlsMaterial {
  private lastGood: EtcdTls | undefined;
  private failing = false;

  constructor(
    private readonly options: NormalizedEtcdOptions['tls'],
    private readonly logger: RegistryLogger,
  ) {}

  /**
   * Undefined without TLS.
   * @throws Error when the files never were of use.
   */
  current(): EtcdTls | undefined {
    if (this.options === undefined) return undefined;
    try {
      this.lastGood = readTls(this.options);
      this.failing = false;
    } catch (error) {
      if (this.lastGood === undefined) throw error;
      if (!this.failing) {
        this.logger.warn(
          `The TLS files of etcd should fit together, but do not (${reason(error)}). ` +
            'The last good ones are used until they do; replace certificate and key together.',
        );
      }
      this.failing = true;
    }
    return this.lastGood;
  }
}
