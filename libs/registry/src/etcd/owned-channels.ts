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
    const gate = { pass: () => this.assertOpen(), own: (socket: Socket) => this.own(socket) };
    const guarded = new GuardedCredentials(credentials, gate);
    const channel = new FinallyClosedChannel(address, guarded, options);
    this.channels.add(channel);
    return channel;
  };

  close(): void {
    this.closed = true;
    for (const channel of this.channels) channel.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** After a failure grpc-js tries once more, though the channel was closed meanwhile. */
  private assertOpen(): void {
    if (this.closed) throw new Error('the client of etcd was closed');
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

interface Gate {
  /** Called before an attempt to connect; throws when there must be none. */
  pass(): void;
  /** Called with each socket before it is secured and used. */
  own(socket: Socket): void;
}

class GuardedCredentials extends ChannelCredentials {
  constructor(
    private readonly inner: ChannelCredentials,
    private readonly gate: Gate,
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
    const { gate } = this;
    return {
      async waitForReady() {
        gate.pass();
        await connector.waitForReady();
      },
      connect(socket) {
        gate.own(socket);
        return connector.connect(socket);
      },
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }
}
