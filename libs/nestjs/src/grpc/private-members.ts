/**
 * The only door to what grpc-js's types hide, or show and its documentation does not. private-members.spec.ts fails by the name of
 * a member that is gone or means something else.
 */
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import {
  ChannelCredentials,
  compressionAlgorithms,
  ServerCredentials,
  type CallCredentials,
  type Channel,
  type ChannelOptions,
  type Server,
} from '@grpc/grpc-js';

export type CompressionAlgorithm = keyof typeof compressionAlgorithms;

/** The connections that came by each listener of a server. */
interface Listening {
  readonly http2Servers?: ReadonlyMap<
    Http2Server,
    { readonly sessions: ReadonlySet<ServerHttp2Session> }
  >;
}

/** Without them a drain notifies clients by GOAWAY alone, and can't close the socket of a client that hangs. */
function listenersOf(server: Server) {
  const { http2Servers } = server as unknown as Listening;
  return typeof http2Servers?.entries === 'function' ? [...http2Servers.entries()] : [];
}

/** The listeners of a server that is bound. */
export function listeningServersOf(server: Server): Http2Server[] {
  return listenersOf(server).map(([http2Server]) => http2Server);
}

/** The connections of a server. */
export function sessionsOf(server: Server): ServerHttp2Session[] {
  return listenersOf(server).flatMap(([, { sessions }]) => [...sessions]);
}

/** Secures the connections of one subchannel. */
export type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;
export type ConnectorTarget = Parameters<ChannelCredentials['_createSecureConnector']>[0];

/** Channel credentials that secure connections with a custom connector. */
export abstract class ConnectorCredentials extends ChannelCredentials {
  abstract connector(
    target: ConnectorTarget,
    options: ChannelOptions,
    calls: CallCredentials | undefined,
  ): SecureConnector;

  override _isSecure(): boolean {
    return true;
  }

  /** Subchannels of equal credentials are shared. */
  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    target: ConnectorTarget,
    options: ChannelOptions,
    calls?: CallCredentials,
  ): SecureConnector {
    return this.connector(target, options, calls);
  }
}

/** grpc-js's default connector. */
export function connectorOf(
  credentials: ChannelCredentials,
  target: ConnectorTarget,
  options: ChannelOptions,
  calls: CallCredentials | undefined,
): SecureConnector {
  return credentials._createSecureConnector(target, options, calls);
}

/** PEM of a server, and of the CA that must have signed its clients' certificates. */
export interface ServerPem {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** Credentials of a server whose PEM may change while it serves. */
export abstract class ChangingServerCredentials extends ServerCredentials {
  constructor({ ca, cert, key }: ServerPem) {
    super({ requestCert: ca !== undefined }, { ca, cert, key });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }

  /** New connections use these. */
  protected change({ ca, cert, key }: ServerPem): void {
    this.updateSecureContextOptions({ ca, cert, key });
  }
}

/** Filters read them for each call, for example to compress it. */
interface FilterOptions {
  readonly internalChannel?: { readonly options?: Record<string, unknown> };
}

/** @returns whether the channel compresses from now on. If not, its calls stay as they are. */
export function compressCalls(channel: Channel, algorithm: CompressionAlgorithm): boolean {
  const options = (channel as unknown as FilterOptions).internalChannel?.options;
  if (typeof options !== 'object') return false;
  options['grpc.default_compression_algorithm'] = compressionAlgorithms[algorithm];
  return true;
}
