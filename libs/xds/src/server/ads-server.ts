import { randomBytes } from 'node:crypto';
import {
  type handleBidiStreamingCall,
  type Server,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
  DiscoveryRequest,
  DiscoveryResponse,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import type { EnvoyIngress } from '../resources/listener.js';
import type { LeftOutEndpoint, ServiceView } from '../service-view.js';
import { ResourceStore } from '../store/resource-store.js';
import { AdsStream } from './ads-stream.js';
import { delta, type Protocol, sotw } from './protocol.js';
import { adsDefinition } from './service-definition.js';
import type { AdsCounters, NackState, StreamState } from './stream-state.js';

export interface AdsServerOptions {
  /** Where Envoy accepts calls. @default 127.0.0.1:10000 */
  readonly ingress?: EnvoyIngress;
  /** Changes within this time reach clients together, in milliseconds. @default 10 */
  readonly coalesceMs?: number;
  /** The most names that one stream may subscribe to. @default 20_000 */
  readonly maxNames?: number;
  /** How many services without a view clients can ask for; further names are answered as missing. @default 10_000 */
  readonly maxUnknownServices?: number;
  /** A client that reads nothing for this time is disconnected at the next change, in milliseconds. @default 60_000 */
  readonly maxBlockedMs?: number;
  /** Called for each response that a client refuses. It keeps its last good resources. */
  readonly onNack?: (nack: RefusedResponse) => void;
}

/** A response that a client refused. */
export interface RefusedResponse extends NackState {
  /** Type URL. */
  readonly type: string;
  readonly nodeId: string;
  readonly userAgent: string;
}

interface OpenStream {
  readonly stream: Pick<AdsStream<never, never>, 'changed' | 'state'>;
  readonly end: (code: status, details: string) => void;
}

/**
 * The Aggregated Discovery Service, which tells gRPC clients of any language and Envoy where the instances of services are.
 * Set all views before the gRPC server listens: a client that meets an empty control plane fails its calls.
 */
export class AdsServer {
  private readonly store: ResourceStore;
  private readonly streams = new Map<number, OpenStream>();
  private readonly changed = new Set<string>();
  private readonly counters = { streamsOpened: 0, responses: 0, bytes: 0, nacks: 0 };
  private readonly limits;
  private readonly coalesceMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AdsServerOptions = {}) {
    const { ingress = { host: '127.0.0.1', port: 10_000 }, coalesceMs = 10 } = options;
    const { maxNames = 20_000, maxBlockedMs = 60_000, maxUnknownServices = 10_000 } = options;
    this.limits = { maxNames, maxBlockedMs };
    this.coalesceMs = coalesceMs;
    const epoch = randomBytes(6).toString('hex');
    this.store = new ResourceStore({ epoch, ingress, maxUnknownServices });
  }

  /**
   * Replaces the view of a service; clients receive it within `coalesceMs`.
   * @returns the endpoints that were left out, because clients would refuse the whole list
   * @throws RangeError for a view that no client could take, such as one whose name can't be dialled
   */
  setService(view: ServiceView): readonly LeftOutEndpoint[] {
    const leftOut = this.store.set(view);
    this.schedule(view.name);
    return leftOut;
  }

  /** Leaves a service without endpoints: its calls fail or wait. Does nothing for an unknown service. */
  removeService(name: string): void {
    this.store.empty(name);
    this.schedule(name);
  }

  /** Adds the service to a gRPC server, which the caller binds and closes. */
  addTo(server: Server): void {
    const state: handleBidiStreamingCall<DiscoveryRequest, DiscoveryResponse> = (call) =>
      this.open(call, sotw);
    const changes: handleBidiStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = (
      call,
    ) => this.open(call, delta);
    server.addService(adsDefinition, {
      StreamAggregatedResources: state,
      DeltaAggregatedResources: changes,
    });
  }

  /** The names of the services that have a view. */
  get services(): readonly string[] {
    return this.store.serviceNames;
  }

  /** The open streams, for people. */
  get state(): readonly StreamState[] {
    return [...this.streams.values()].map(({ stream }) => stream.state);
  }

  get statistics(): AdsCounters {
    return { ...this.counters, streamsOpen: this.streams.size };
  }

  /** Ends every stream; clients keep their last resources and reconnect. Safe to call twice. */
  close(): void {
    clearTimeout(this.timer);
    for (const { end } of [...this.streams.values()]) {
      end(status.UNAVAILABLE, 'The control plane is shutting down.');
    }
  }

  private reportNack(nack: RefusedResponse): void {
    try {
      this.options.onNack?.(nack);
    } catch {
      // A listener that throws must not end the stream, or the process.
    }
  }

  private schedule(name: string): void {
    this.changed.add(name);
    this.timer ??= setTimeout(() => this.push(), this.coalesceMs).unref();
  }

  private push(): void {
    this.timer = undefined;
    const names = new Set(this.changed);
    this.changed.clear();
    const changes = this.store.refresh(names);
    const now = performance.now();
    for (const { stream } of [...this.streams.values()]) stream.changed(changes, now);
  }

  private open<Request, Response>(
    call: ServerDuplexStream<Request, Response>,
    protocol: Protocol<Request, Response>,
  ): void {
    const id = ++this.counters.streamsOpened;
    const end = (code: status, details: string) => {
      this.streams.delete(id);
      // grpc-js sends the status of an error that a call emits.
      call.emit('error', Object.assign(new Error(details), { code, details }));
    };
    const hooks = {
      responded: (bytes: number) => {
        this.counters.responses++;
        this.counters.bytes += bytes;
      },
      refused: (type: string, nack: NackState) => {
        this.counters.nacks++;
        const { nodeId, userAgent } = stream.state;
        this.reportNack({ type, ...nack, nodeId, userAgent });
      },
      fail: end,
    };
    const stream = new AdsStream(id, call, protocol, this.store, hooks, this.limits);
    this.streams.set(id, { stream, end });
    const forget = () => this.streams.delete(id);
    call.on('data', (request: Request) => this.streams.has(id) && stream.request(request));
    call.on('drain', () => stream.drained());
    call.on('cancelled', forget);
    call.on('error', forget);
    call.on('end', () => {
      forget();
      call.end();
    });
  }
}
