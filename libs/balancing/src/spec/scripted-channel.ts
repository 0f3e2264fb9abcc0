import { connectivityState, Metadata, status } from '@grpc/grpc-js';
import {
  subchannelAddressToString,
  type ChannelControlHelper,
  type ConnectivityStateListener,
  type Picker,
  type PickResult,
  type SubchannelAddress,
  type SubchannelInterface,
} from '../grpc/experimental.js';

interface StreamListener {
  onReceiveMessage(message: Buffer): void;
  onReceiveStatus(status: { readonly code: status }): void;
}

/** A stream on a subchannel, whose answers a test dictates. */
export class ScriptedStream {
  isCancelled = false;
  request: Buffer = Buffer.alloc(0);

  constructor(
    readonly path: string,
    private readonly listener: StreamListener,
  ) {}

  answer(...message: number[]): void {
    this.listener.onReceiveMessage(Buffer.from([0, 0, 0, 0, message.length, ...message]));
  }

  end(code: status): void {
    this.listener.onReceiveStatus({ code });
  }

  sendMessageWithContext = (_: object, message: Buffer) => void (this.request = message);
  halfClose = () => undefined;
  startRead = () => undefined;
  cancelWithStatus = () => void (this.isCancelled = true);
}

/** A subchannel whose states a test dictates. */
export class ScriptedSubchannel {
  state = connectivityState.IDLE;
  healthy = true;
  refs = 0;
  /** Number of requests to connect. */
  connects = 0;
  readonly listeners = new Set<ConnectivityStateListener>();
  readonly healthListeners = new Set<(healthy: boolean) => void>();
  /** Streams that were opened on it, newest last. */
  readonly streams: ScriptedStream[] = [];

  constructor(
    readonly address: string,
    readonly args: object,
  ) {}

  go(state: keyof typeof connectivityState, error?: string): void {
    const previous = this.state;
    this.state = connectivityState[state];
    for (const listener of this.listeners) listener(this.port, previous, this.state, -1, error);
  }

  createCall(_: Metadata, authority: string, path: string, listener: StreamListener) {
    if (this.state !== connectivityState.READY) throw new Error('not READY');
    const stream = new ScriptedStream(authority + path, listener);
    this.streams.push(stream);
    return stream;
  }

  setHealthy(healthy: boolean): void {
    this.healthy = healthy;
    for (const listener of this.healthListeners) listener(healthy);
  }

  get port(): SubchannelInterface {
    return this as unknown as SubchannelInterface;
  }

  getConnectivityState = () => this.state;
  isHealthy = () => this.healthy;
  getRealSubchannel = () => this;
  getCallCredentials = () => ({ generateMetadata: () => Promise.resolve(new Metadata()) });
  getAddress = () => this.address;
  getChannelzRef = () => ({ kind: 'subchannel', id: 0, name: this.address });
  startConnecting = () => void (this.connects += 1);
  ref = () => void (this.refs += 1);
  unref = () => void (this.refs -= 1);
  addConnectivityStateListener = (it: ConnectivityStateListener) => void this.listeners.add(it);
  removeConnectivityStateListener = (it: ConnectivityStateListener) =>
    void this.listeners.delete(it);
  addHealthStateWatcher = (it: (healthy: boolean) => void) => void this.healthListeners.add(it);
  removeHealthStateWatcher = (it: (healthy: boolean) => void) =>
    void this.healthListeners.delete(it);
}

export interface ScriptedCall {
  readonly address: string;
  end(code?: status, trailers?: Metadata): void;
}

/** The channel's side of a policy: records what the policy publishes. */
export class ScriptedChannel implements ChannelControlHelper {
  readonly states: string[] = [];
  readonly subchannels: ScriptedSubchannel[] = [];
  /** Of subchannels that are created from now on. */
  initialState = connectivityState.IDLE;
  channelzChildren = 0;
  reresolutions = 0;
  picker: Picker | undefined;

  /** The newest subchannel of an address. */
  at(address: string): ScriptedSubchannel {
    const subchannel = this.subchannels.findLast((candidate) => candidate.address === address);
    if (!subchannel) throw new Error(`No subchannel was created for ${address}`);
    return subchannel;
  }

  /** Makes an address ready, if it has a subchannel. */
  ready(address: string): void {
    this.subchannels.findLast((candidate) => candidate.address === address)?.go('READY');
  }

  pick(metadata = new Metadata(), extraPickInfo: Record<string, string> = {}): PickResult {
    if (!this.picker) throw new Error('No picker was published');
    return this.picker.pick({ metadata, extraPickInfo });
  }

  /** A call that is picked and starts. */
  call(metadata?: Metadata): ScriptedCall {
    const { subchannel, onCallStarted, onCallEnded } = this.pick(metadata);
    onCallStarted?.();
    return {
      address: subchannel?.getAddress() ?? '',
      end: (code = status.OK, trailers = new Metadata()) => onCallEnded?.(code, '', trailers),
    };
  }

  /** The addresses of the next picks. */
  picks(count: number): (string | undefined)[] {
    return Array.from({ length: count }, () => this.pick().subchannel?.getAddress());
  }

  /** The states published since the last call of this method. */
  takeStates(): string[] {
    return this.states.splice(0);
  }

  createSubchannel(address: SubchannelAddress, args: object): SubchannelInterface {
    const subchannel = new ScriptedSubchannel(subchannelAddressToString(address), args);
    subchannel.state = this.initialState;
    this.subchannels.push(subchannel);
    return subchannel.port;
  }

  updateState(state: connectivityState, picker: Picker, error: string | null): void {
    this.picker = picker;
    this.states.push(connectivityState[state] + (error === null ? '' : `: ${error}`));
  }

  requestReresolution(): void {
    this.reresolutions += 1;
  }

  addChannelzChild(): void {
    this.channelzChildren += 1;
  }

  removeChannelzChild(): void {
    this.channelzChildren -= 1;
  }
}
