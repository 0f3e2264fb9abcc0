import { connect, type Socket } from 'node:net';

/** One client's connection and its way to the server behind, which may be held or severed. */
export class FrontConnection {
  private readonly upstream: Socket;
  private isHeld = false;
  private isSevered = false;

  /** @param closed told once, when the client's side is gone. */
  constructor(
    private readonly client: Socket,
    upstreamPort: number,
    closed: () => void,
  ) {
    this.upstream = connect({ host: '127.0.0.1', port: upstreamPort, noDelay: true });
    this.forward(client, this.upstream);
    this.forward(this.upstream, client);
    client.once('close', closed);
  }

  /** No byte passes in either direction; those that come wait, in the kernel at last. */
  hold(): void {
    this.isHeld = true;
    this.client.pause();
    this.upstream.pause();
  }

  release(): void {
    this.isHeld = false;
    this.client.resume();
    this.upstream.resume();
  }

  /** Every byte is lost from now on, and the client is not told. Can't be undone. */
  sever(): void {
    this.isSevered = true;
    this.release();
    this.upstream.destroy();
  }

  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  private forward(from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (!this.isSevered && !to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      if (!this.isHeld) from.resume();
    });
    from.on('close', () => {
      if (!this.isSevered || from === this.client) to.destroySoon();
    });
    // A 'close' follows every error.
    from.on('error', () => undefined);
  }
}
