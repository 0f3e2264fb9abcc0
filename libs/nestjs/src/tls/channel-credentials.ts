import type { Socket } from 'node:net';
import { readOptions } from '@grpc-discovery/registry/options';
import { CallCredentials, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import {
  ConnectorCredentials,
  connectorOf,
  type ConnectorTarget,
  type SecureConnector,
} from '../grpc/private-members.js';
import { CertificateFiles } from './certificate-files.js';
import { clientTlsTable, type ClientTlsOptions } from './tls.options.js';
import { invalidOptions } from '../errors.js';

/** Credentials of a channel whose certificates may change while it is open. */
export class FileChannelCredentials extends ConnectorCredentials {
  /** @throws InvalidOptionError */
  static create(
    options: ClientTlsOptions,
    warn: (message: string) => void,
  ): FileChannelCredentials {
    const read = readOptions(clientTlsTable, options, 'tls');
    const { caFile, certFile, keyFile, serverName, refreshMs } = read;
    if ((certFile === undefined) !== (keyFile === undefined)) {
      const given = certFile === undefined ? 'without tls.certFile' : 'without tls.keyFile';
      throw invalidOptions.tls('tls', 'to name a certificate and its key, or neither', given);
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

  /** A connector lives as long as its subchannel, and creates each of its connections from the latest files. */
  override connector(
    target: ConnectorTarget,
    options: ChannelOptions,
    calls = CallCredentials.createEmpty(),
  ): SecureConnector {
    const named = this.serverName
      ? { ...options, 'grpc.ssl_target_name_override': this.serverName }
      : options;
    const latest = (): SecureConnector => {
      const { context } = this.files.current;
      const current = ChannelCredentials.createFromSecureContext(context);
      return connectorOf(current, target, named, calls);
    };
    const shakingHands = new Set<Socket>();
    let isDestroyed = false;
    return {
      async connect(socket) {
        // A TCP connection that was pending when the subchannel was closed.
        if (isDestroyed) socket.destroy();
        shakingHands.add(socket);
        try {
          return await latest().connect(socket);
        } finally {
          shakingHands.delete(socket);
        }
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => calls,
      // grpc-js would keep the socket of a hung handshake, and the process with it, until the server closes it.
      destroy() {
        isDestroyed = true;
        for (const socket of shakingHands) socket.destroy();
      },
    };
  }

  /** Stops reading the files. Safe to call twice. */
  close(): void {
    this.files.close();
  }
}
