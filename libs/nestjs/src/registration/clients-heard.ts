import type { ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { sessionsOf } from '../grpc/private-members.js';

/**
 * Resolves when every client that is connected has heard what it was told before, and all that it had sent by then is here:
 * it answers a ping after what came before it. The second ping gives it a turn of its event loop to act.
 *
 * grpc-js closes a connection as soon as its calls have ended. What a client sends meanwhile then meets a closed socket,
 * and the reset that answers takes along what the client has not read yet, the GOAWAY included: its calls fail.
 */
export async function clientsHeard(server: Server): Promise<void> {
  await Promise.all(sessionsOf(server).map(heard));
}

async function heard(session: ServerHttp2Session): Promise<void> {
  await answered(session);
  await answered(session);
}

function answered(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    if (session.destroyed || session.closed) return resolve();
    session.once('close', resolve);
    const isSent = session.ping(() => {
      session.removeListener('close', resolve);
      resolve();
    });
    if (!isSent) resolve();
  });
}
