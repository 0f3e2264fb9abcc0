import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { toEtcdFailure } from './etcd-failure.js';
import type { NormalizedEtcdOptions } from './etcd-options.js';
import type { EtcdStubs } from './etcd-stubs.js';

/** Longest wait, in milliseconds, for a token of etcd. Whoever waits for it with a call has a limit of its own. */
const AUTHENTICATE_TIMEOUT_MS = 6_000;

/** The token of one client of etcd, asked for with its first call, over its own channel. */
export class Etcd3Token {
  private asked: Promise<string> | undefined;

  constructor(
    private readonly client: Pick<EtcdStubs, 'authenticate'>,
    private readonly auth: NonNullable<NormalizedEtcdOptions['auth']>,
  ) {}

  /** Runs a call that sends the token along; once more, with a fresh one, when etcd has forgotten the first. */
  async use<T>(run: (interceptors: Interceptor[]) => Promise<T> | T): Promise<T> {
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
      start(metadata, listener, next) {
        metadata.set('token', token);
        next(metadata, listener);
      },
    });
}
