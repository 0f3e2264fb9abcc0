import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { CallCredentials, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { reason } from '../../errors/registry-errors.js';
import type { RegistryLogger } from '../../registry.js';
import type { NormalizedEtcdOptions } from '../etcd-options.js';
import {
  ConnectorCredentials,
  type ConnectorTarget,
  type SecureConnector,
} from './private-members.js';

type TlsOptions = NonNullable<NormalizedEtcdOptions['tls']>;

/** PEM that belongs together, and the name to check etcd's certificate for. */
export interface EtcdTls {
  readonly rootCertificate: Buffer | undefined;
  readonly privateKey: Buffer | undefined;
  readonly certChain: Buffer | undefined;
  /** Undefined for the host of the endpoint. */
  readonly serverName: string | undefined;
}

/**
 * Reads the material that the options name, files as they are now.
 * @throws Error of Node if a file can't be read, or key and certificates don't belong together.
 */
export function readTls(options: TlsOptions): EtcdTls {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const rootCertificate = options.rootCertificate ?? read(options.caFile);
  const privateKey = options.privateKey ?? read(options.keyFile);
  const certChain = options.certChain ?? read(options.certFile);
  createSecureContext({ ca: rootCertificate, key: privateKey, cert: certChain });
  return { rootCertificate, privateKey, certChain, serverName: options.serverName };
}

/** TLS material, read again for each connection; the last good one while files are being replaced. */
export class TlsMaterial {
  private lastGood: EtcdTls | undefined;
  private failing = false;

  constructor(
    private readonly options: NormalizedEtcdOptions['tls'],
    private readonly logger: RegistryLogger,
  ) {}

  /**
   * Undefined without TLS.
   * @throws Error if the files have never been valid.
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

/** Credentials and options of a channel to one endpoint of etcd. */
export interface EtcdSecurity {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** @param hostname as in the url of the endpoint. */
export function etcdSecurity(hostname: string, tls: EtcdTls | undefined): EtcdSecurity {
  if (!tls) return { credentials: ChannelCredentials.createInsecure(), options: {} };
  const { rootCertificate, privateKey, certChain, serverName } = tls;
  const identity = serverName ?? hostname.replace(/^\[|\]$/g, '');
  if (isIP(identity) > 0) {
    const context = createSecureContext({ ca: rootCertificate, key: privateKey, cert: certChain });
    return { credentials: new AddressCredentials(context, identity), options: {} };
  }
  return {
    credentials: ChannelCredentials.createSsl(rootCertificate, privateKey, certChain),
    options: serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName },
  };
}

/**
 * TLS with a server whose certificate is for an address. grpc-js would send the address as the name of the server, which
 * RFC 6066 forbids and Node warns of (DEP0123).
 */
class AddressCredentials extends ConnectorCredentials {
  constructor(
    private readonly context: SecureContext,
    private readonly address: string,
  ) {
    super(true);
  }

  override connector(
    _target: ConnectorTarget,
    _options: ChannelOptions,
    calls = CallCredentials.createEmpty(),
  ): SecureConnector {
    return {
      connect: async (socket) => ({ socket: await this.secure(socket), secure: true }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => calls,
      destroy: () => undefined,
    };
  }

  private secure(socket: Socket): Promise<Socket> {
    return new Promise((resolve, reject) => {
      // Without a name to send, Node checks the certificate for the host.
      const names = { host: this.address, servername: '' };
      const options = { socket, secureContext: this.context, ALPNProtocols: ['h2'], ...names };
      const secured = connect(options, () => {
        // Checked even if NODE_TLS_REJECT_UNAUTHORIZED disables it, as grpc-js does for names.
        if (secured.authorized) resolve(secured);
        else reject(secured.authorizationError);
      });
      secured.on('error', reject);
    });
  }
}
