import type { Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import { listeningServersOf } from '../grpc/private-members.js';

/**
 * The sockets of a server. Node ends the socket of a closed HTTP/2 session gracefully, and waits for the other side to do
 * the same: one that hangs keeps the process alive. Sockets whose TLS handshake goes on have no session at all.
 */
export class OpenSockets {
  private readonly open = new Set<Socket>();

  /** @param server Has to be bound, and not to have taken a connection yet. */
  constructor(server: Server) {
    for (const http2Server of listeningServersOf(server)) {
      http2Server.on('connection', (socket: Socket) => this.add(socket));
    }
  }

  destroy(): void {
    for (const socket of this.open) socket.destroy();
  }

  private add(socket: Socket): void {
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
  }
}
