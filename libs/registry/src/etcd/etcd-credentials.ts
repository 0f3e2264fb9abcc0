import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { CallCredentials, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import {
  ConnectorCredentials,
  type ConnectorTarget,
  type SecureConnector,
} from './private-members.js';
import type { EtcdTls } from './tls-material.js';

/** How a channel to one endpoint of etcd is secured. */
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
        // Whatever the environment says: like grpc-js for names.
        if (secured.authorized) resolve(secured);
        else reject(secured.authorizationError);
      });
      secured.on('error', reject);
    });
  }
}
