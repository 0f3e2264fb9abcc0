import {
  Channel,
  connectivityState,
  type CallCredentials,
  type ChannelCredentials,
  type ChannelOptions,
} from '@grpc/grpc-js';
import type { Socket } from 'node:net';
import {
  ConnectorCredentials,
  connectorOf,
  isSecure,
  type ConnectorTarget,
  type SecureConnector,
} from './private-members.js';

/**
 * The channel to one endpoint of etcd with its sockets, so that `close` closes both. grpc-js alone keeps the socket of an attempt
 * whose peer accepts and stays silent, even after the channel is closed.
 */
export class OwnedChannel {
  readonly channel: Channel;
  private readonly sockets = new Set<Socket>();
  /** Bytes received over sockets that are closed now. */
  private readBefore = 0;
  private closed = false;

  /** @param address `host:port`, or an IPv6 address in brackets and its port. */
  constructor(address: string, credentials: ChannelCredentials, options: ChannelOptions) {
    const gate = { pass: () => this.assertOpen(), own: (socket: Socket) => this.own(socket) };
    this.channel = new EndingChannel(address, new GuardedCredentials(credentials, gate), options);
  }

  /** Number of bytes received, of any kind: it grows while the other side is alive. */
  get bytesRead(): number {
    return [...this.sockets].reduce((sum, { bytesRead }) => sum + bytesRead, this.readBefore);
  }

  /** Connects, and resolves when the connection is established or has failed. */
  async settled(): Promise<void> {
    for (;;) {
      const state = this.channel.getConnectivityState(true);
      if (state !== connectivityState.IDLE && state !== connectivityState.CONNECTING) return;
      await new Promise<void>((changed) =>
        this.channel.watchConnectivityState(state, Infinity, () => changed()),
      );
    }
  }

  close(): void {
    this.closed = true;
    this.channel.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** After a failure grpc-js tries once more, even if the channel has been closed. */
  private assertOpen(): void {
    if (this.closed) throw new Error('the client of etcd was closed');
  }

  private own(socket: Socket): void {
    // Connected after the close: grpc-js starts no session on it and does not close it.
    if (this.closed) return void socket.destroy();
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.readBefore += socket.bytesRead;
    });
  }
}

/** A closed channel of grpc-js would connect again when asked for its state. */
class EndingChannel extends Channel {
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
  /** Called before an attempt to connect; throws to prevent it. */
  pass(): void;
  /** Called with each socket before it is secured and used. */
  own(socket: Socket): void;
}

class GuardedCredentials extends ConnectorCredentials {
  constructor(
    private readonly inner: ChannelCredentials,
    private readonly gate: Gate,
  ) {
    super(isSecure(inner));
  }

  override connector(
    target: ConnectorTarget,
    options: ChannelOptions,
    calls: CallCredentials | undefined,
  ): SecureConnector {
    const connector = connectorOf(this.inner, target, options, calls);
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
