import { type ChannelOptions, InterceptingCall, type Interceptor, status } from '@grpc/grpc-js';
import type { NormalizedEtcdOptions } from '../etcd-options.js';
import { toEtcdFailure } from './etcd-failure.js';
import { EtcdStubs } from './etcd-stubs.js';
import { OwnedChannel } from './owned-channels.js';
import { etcdSecurity, type EtcdTls } from './tls.js';

const CHANNEL_OPTIONS: ChannelOptions = {
  // A fresh client would share a subchannel that hangs in CONNECTING with the client it replaces.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A proxy from the environment is meant for the web, and would cut the long streams to etcd.
  'grpc.enable_http_proxy': 0,
  // No keepalive pings of grpc-js: in a process that was busy for longer than their limit, they cut a healthy connection.
  // The requests on each stream every 2 to 2.5 s detect the same.
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // With the usual 64 KiB a list over a line of 1 s each way would take 2 s for each of them.
  'grpc-node.flow_control_window': 1024 * 1024,
};

/** The stubs of one endpoint, over one channel, and the user's token. */
export class Etcd3Client {
  readonly stubs: EtcdStubs;
  private readonly owned: OwnedChannel;
  private readonly token: Etcd3Token | undefined;

  constructor(host: string, auth: NormalizedEtcdOptions['auth'], tls: EtcdTls | undefined) {
    const { host: address, hostname } = new URL(host);
    const { credentials, options } = etcdSecurity(hostname, tls);
    this.owned = new OwnedChannel(address, credentials, { ...CHANNEL_OPTIONS, ...options });
    this.stubs = new EtcdStubs(address, this.owned.channel);
    this.token = auth && new Etcd3Token(this.stubs, auth);
  }

  /** Number of bytes received from the endpoint. */
  get bytesRead(): number {
    return this.owned.bytesRead;
  }

  /** Connects, and resolves when the connection is established or has failed. */
  settled(): Promise<void> {
    return this.owned.settled();
  }

  /** Runs a call with the interceptors that authenticate it, if a user is configured. */
  async use<T>(run: (interceptors: Interceptor[]) => Promise<T> | T): Promise<T> {
    return this.token ? this.token.use(run) : run([]);
  }

  close(): void {
    this.owned.close();
  }
}

/** Without it, a member cut off from its peers keeps streams open and silent. */
export const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('hasleader', 'true');
      next(metadata, listener);
    },
  });

/** Time limit for a token of etcd in milliseconds. Each call that waits for it has its own limit. */
const AUTHENTICATE_TIMEOUT_MS = 6_000;

/** The token of one client of etcd, requested with its first call over the same channel. */
class Etcd3Token {
  private asked: Promise<string> | undefined;

  constructor(
    private readonly client: Pick<EtcdStubs, 'authenticate'>,
    private readonly auth: NonNullable<NormalizedEtcdOptions['auth']>,
  ) {}

  /** Runs a call with the token; once more with a fresh token if etcd no longer knows the first. */
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

/** A call that can be cancelled, so that etcd stops sending an answer that nobody waits for. */
export class CancellableCall {
  private call: InterceptingCall | undefined;
  private cancelled = false;

  readonly interceptor: Interceptor = (options, nextCall) => {
    this.call = new InterceptingCall(nextCall(options));
    if (this.cancelled) this.cancel();
    return this.call;
  };

  cancel(): void {
    this.cancelled = true;
    this.call?.cancelWithStatus(status.CANCELLED, 'no answer in time');
  }
}
