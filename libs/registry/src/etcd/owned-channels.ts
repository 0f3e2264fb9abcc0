import {
  Channel,
  ChannelCredentials,
  connectivityState,
  type CallCredentials,
  type ChannelOptions,
  type ClientOptions,
} from '@grpc/grpc-js';
import type { Socket } from 'node:net';

type ChannelFactory = NonNullable<ClientOptions['channelFactoryOverride']>;
type Target = Parameters<ChannelCredentials['_createSecureConnector']>[0];
type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/**
 * The channels of one client of etcd3, and their sockets, so that both are gone when they are closed. By itself etcd3 lets
 * a channel that is connecting try on for another second, with a timer that keeps the process alive; and grpc-js keeps
 * the socket of an attempt whose peer accepts and says nothing for as long as that peer does, channel or no channel.
 */
export class OwnedChannels {
  private readonly channels = new Set<Channel>();
  private readonly sockets = new Set<Socket>();
  private closed = false;

  /** Makes the channel of one service of etcd; an option of grpc-js's `Client`. */
  readonly create: ChannelFactory = (address, credentials, options) => {
    const watched = new WatchedCredentials(credentials, (socket) => this.own(socket));
    const channel = new FinallyClosedChannel(address, watched, options);
    this.channels.add(channel);
    return channel;
  };

  close(): void {
    this.closed = true;
    for (const channel of this.channels) channel.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private own(socket: Socket): void {
    // Connected only now: grpc-js begins no session on it, and does not close it.
    if (this.closed) return void socket.destroy();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }
}

/** A channel that was closed and is asked for its state, as etcd3 does, would begin to connect again. */
class FinallyClosedChannel extends Channel {
  private closed = false;

  override close(): void {
    this.closed = true;
    super.close();
  }

  override getConnectivityState(tryToConnect: boolean): connectivityState {
    return this.closed ? connectivityState.SHUTDOWN : super.getConnectivityState(tryToConnect);
  }
}

/** Credentials that show each socket before it is secured and used. */
class WatchedCredentials extends ChannelCredentials {
  constructor(
    private readonly inner: ChannelCredentials,
    private readonly onSocket: (socket: Socket) => void,
  ) {
    super();
  }

  override _isSecure(): boolean {
    return this.inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    target: Target,
    options: ChannelOptions,
    callCredentials?: CallCredentials,
  ): SecureConnector {
    const connector = this.inner._createSecureConnector(target, options, callCredentials);
    return {
      connect: (socket) => {
        this.onSocket(socket);
        return connector.connect(socket);
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }
}
