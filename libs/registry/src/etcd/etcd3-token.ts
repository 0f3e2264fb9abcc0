import { InterceptingCall, type Interceptor, type StatusObject } from '@grpc/grpc-js';
import type { Etcd3 } from 'etcd3';
import { toEtcdFailure } from './etcd-failure.js';
import type { NormalizedEtcdOptions } from './etcd-options.js';

/** Longest wait, in milliseconds, for a token of etcd. Whoever waits for it with a call has a limit of its own. */
const AUTHENTICATE_TIMEOUT_MS = 6_000;

/**
 * The token of one client of etcd, asked for with its first call. etcd3 would ask over a channel that is neither closed
 * nor of this client alone: one that has fallen silent would keep all later clients of the process waiting for good.
 */
export class Etcd3Token {
  private asked: Promise<string> | undefined;

  constructor(
    private readonly client: Etcd3['auth'],
    private readonly auth: NonNullable<NormalizedEtcdOptions['auth']>,
  ) {}

  /** Runs a call that sends the token along; once more, with a fresh one, when etcd has forgotten the first. */
  async use<T>(run: (interceptors: Interceptor[]) => Promise<T>): Promise<T> {
    const asked = this.ask();
    try {
      return await run([sending(await asked)]);
    } catch (error) {
      if (toEtcdFailure(error).kind !== 'unauthenticated') throw error;
      if (this.asked === asked) this.asked = undefined;
      return await run([sending(await this.ask())]);
    }
  }

  private ask(): Promise<string> {
    return (this.asked ??= this.authenticate());
  }

  private async authenticate(): Promise<string> {
    const { username: name, password } = this.auth;
    try {
      const deadline = Date.now() + AUTHENTICATE_TIMEOUT_MS;
      const { token } = await this.client.authenticate({ name, password }, { deadline });
      return token;
    } catch (error) {
      this.asked = undefined;
      throw error;
    }
  }
}

function sending(token: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        metadata.set('token', token);
        next(metadata, {
          onReceiveStatus: (status, nextStatus) => nextStatus(unlikeEtcd3s(status)),
        });
      },
    });
}

/** etcd3 takes this text as a reason to call again, and again, with a token that it believes to have renewed. */
function unlikeEtcd3s(status: StatusObject): StatusObject {
  const details = status.details.replace('etcdserver: invalid auth token', 'invalid auth token');
  return { ...status, details };
}
