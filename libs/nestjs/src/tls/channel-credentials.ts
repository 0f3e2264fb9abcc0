import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';
import { InvalidTlsError } from '../errors.js';
import { CertificateFiles } from './certificate-files.js';
import { DEFAULT_REFRESH_MS, type ClientTlsOptions } from './tls.options.js';

type ConnectorParameters = Parameters<ChannelCredentials['_createSecureConnector']>;
type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/** Credentials of a channel whose certificates may change while it is open. */
export class FileChannelCredentials extends ChannelCredentials {
  /** @throws InvalidTlsError */
  static create(
    options: ClientTlsOptions,
    warn: (message: string) => void,
  ): FileChannelCredentials {
    const { caFile, certFile, keyFile, serverName, refreshMs = DEFAULT_REFRESH_MS } = options;
    if ((certFile === undefined) !== (keyFile === undefined)) {
      const given = certFile === undefined ? 'without tls.certFile' : 'without tls.keyFile';
      throw new InvalidTlsError('tls', 'to name a certificate and its key, or neither', given);
    }
    const files = {
      ...(caFile !== undefined && { ca: { option: 'tls.caFile', path: caFile } }),
      ...(certFile !== undefined && { cert: { option: 'tls.certFile', path: certFile } }),
      ...(keyFile !== undefined && { key: { option: 'tls.keyFile', path: keyFile } }),
    };
    return new FileChannelCredentials(new CertificateFiles({ files, refreshMs, warn }), serverName);
  }

  private constructor(
    private readonly files: CertificateFiles,
    private readonly serverName: string | undefined,
  ) {
    super();
  }

  _isSecure(): boolean {
    return true;
  }

  _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  /** A connector lives as long as its subchannel, and makes each of its connections: every one by the latest files. */
  _createSecureConnector(...[target, options, calls]: ConnectorParameters): Connector {
    const named = this.serverName
      ? { ...options, 'grpc.ssl_target_name_override': this.serverName }
      : options;
    const latest = (): Connector => {
      const { context } = this.files.current;
      const current = ChannelCredentials.createFromSecureContext(context);
      return current._createSecureConnector(target, named, calls);
    };
    return {
      connect: (socket) => latest().connect(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => calls ?? CallCredentials.createEmpty(),
      destroy: () => undefined,
    };
  }

  /** Reads the files no more. Safe to call twice. */
  close(): void {
    this.files.close();
  }
}
