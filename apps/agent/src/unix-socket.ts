import { chmod, rm } from 'node:fs/promises';
import { connect } from 'node:net';

const CONNECT_MS = 1_000;

/** The path of `unix:/path`; undefined for any other address. */
export function socketPath(listen: string): string | undefined {
  return listen.startsWith('unix:') ? listen.slice('unix:'.length) : undefined;
}

/**
 * Removes the socket that a killed agent left behind, which would keep the next one from listening.
 * @throws Error if another process listens there
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const code = await connectionCode(path);
  if (code === 'ECONNREFUSED') await rm(path, { force: true });
  if (code === undefined)
    throw new Error(`Another process listens at ${path}: stop it, or choose another path.`);
}

/** Lets clients of any user connect: the permissions of the folder decide who can reach the socket. */
export function openToAllUsers(path: string): Promise<void> {
  return chmod(path, 0o666);
}

/** The error code of a connection; undefined if it succeeds. */
function connectionCode(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (code: string | undefined) => {
      socket.destroy();
      resolve(code);
    };
    socket.setTimeout(CONNECT_MS, () => done('ETIMEDOUT'));
    socket.once('connect', () => done(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'UNKNOWN'));
  });
}
