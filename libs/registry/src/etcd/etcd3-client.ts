import { InterceptingCall, type ChannelOptions, type Interceptor } from '@grpc/grpc-js';
import { Etcd3, type IOptions } from 'etcd3';
import type { NormalizedEtcdOptions } from './etcd-options.js';
import { Etcd3Token } from './etcd3-token.js';
import { OwnedChannels } from './owned-channels.js';
import type { TlsPem } from './tls-material.js';

const CHANNEL_OPTIONS: ChannelOptions = {
  // A subchannel that hangs in CONNECTING would be shared by the fresh client that is to replace it.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // etcd punishes pings that come more often than every 5 s.
  'grpc.keepalive_time_ms': 6_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
};

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/** etcd3's own retries and circuit breaker are off: they lose leases and refuse reads after one failed put. */
const noPolicy = {
  execute: async (run: (context: { signal: AbortSignal; attempt: number }) => unknown) =>
    await run({ signal: new AbortController().signal, attempt: 0 }),
  onSuccess: () => ({ dispose: () => undefined }),
  onFailure: () => ({ dispose: () => undefined }),
} as unknown as Policy;

/** An etcd3 client for one endpoint, used as typed stubs and for TLS only. */
export class Etcd3Client {
  readonly stubs: Etcd3;
  private readonly channels = new OwnedChannels();
  private readonly token: Etcd3Token | undefined;

  constructor(host: string, auth: NormalizedEtcdOptions['auth'], tls: TlsPem | undefined) {
    this.stubs = new Etcd3({
      hosts: host,
      grpcOptions: { ...CHANNEL_OPTIONS, channelFactoryOverride: this.channels.create },
      faultHandling: { global: noPolicy, host: () => noPolicy },
      // Typed as needing a CA, but Node's own are used without one.
      ...(tls?.rootCertificate || tls?.certChain
        ? { credentials: tls as NonNullable<IOptions['credentials']> }
        : {}),
    });
    this.token = auth && new Etcd3Token(this.stubs.auth, auth);
  }

  /** Runs a call with the interceptors that authenticate it, if there is a user. */
  use<T>(run: (interceptors: Interceptor[]) => Promise<T>): Promise<T> {
    return this.token ? this.token.use(run) : run([]);
  }

  close(): void {
    // Closed first: etcd3 would give those that are connecting another second.
    this.channels.close();
    this.stubs.close();
  }
}

/** Without it, a member that is cut off from its peers keeps streams open and silent. */
export const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('hasleader', 'true');
      next(metadata, listener);
    },
  });
