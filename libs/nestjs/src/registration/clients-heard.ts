import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** What grpc-js's types hide of a server: the connections that came by each of its listeners. */
interface Listening {
  readonly http2Servers?: ReadonlyMap<
    Http2Server,
    { readonly sessions: ReadonlySet<ServerHttp2Session> }
  >;
}

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

/** The listeners of a server that is bound. */
export function http2ServersOf(server: Server): Http2Server[] {
  return listeningOf(server).map(([http2Server]) => http2Server);
}

function sessionsOf(server: Server): ServerHttp2Session[] {
  return listeningOf(server).flatMap(([, { sessions }]) => [...sessions]);
}

function listeningOf(server: Server) {
  const { http2Servers } = server as unknown as Listening;
  return typeof http2Servers?.entries === 'function' ? [...http2Servers.entries()] : [];
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
