/**
 * The only access to undocumented members of grpc-js. private-members.spec.ts fails with the name of a member that is missing or
 * has changed.
 */
import { ChannelCredentials, type CallCredentials, type ChannelOptions } from '@grpc/grpc-js';

/** Secures the connections of one subchannel. */
export type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;
export type ConnectorTarget = Parameters<ChannelCredentials['_createSecureConnector']>[0];

/** Credentials with their own connector. */
export abstract class ConnectorCredentials extends ChannelCredentials {
  constructor(private readonly isSecure: boolean) {
    super();
  }

  abstract connector(
    target: ConnectorTarget,
    options: ChannelOptions,
    calls: CallCredentials | undefined,
  ): SecureConnector;

  override _isSecure(): boolean {
    return this.isSecure;
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

export function isSecure(credentials: ChannelCredentials): boolean {
  return credentials._isSecure();
}

/** The connector that grpc-js would use. */
export function connectorOf(
  credentials: ChannelCredentials,
  target: ConnectorTarget,
  options: ChannelOptions,
  calls: CallCredentials | undefined,
): SecureConnector {
  return credentials._createSecureConnector(target, options, calls);
}
