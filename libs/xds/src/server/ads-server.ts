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
import type { LeftOutEndpoint, ServiceView } from '../service-view.js';
import { ResourceStore } from '../store/resource-store.js';
import {
  type AdsServerOptions,
  checkedAdsOptions,
  type CheckedAdsOptions,
  type RefusedResponse,
} from './ads-options.js';
import { AdsStream } from './ads-stream.js';
import { delta, type Protocol, sotw } from './protocol.js';
import { adsDefinition } from './service-definition.js';
import type { AdsCounters, NackState, StreamState } from './stream-state.js';

const SHUTTING_DOWN = 'The control plane is shutting down.';

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
  private readonly options: CheckedAdsOptions;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  /** @throws RangeError for an unknown option or an invalid value */
  constructor(options: AdsServerOptions = {}) {
    this.options = checkedAdsOptions(options);
    const epoch = randomBytes(6).toString('hex');
    const { ingress, maxUnknownServices } = this.options;
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

  /** The open streams, for display. */
  get state(): readonly StreamState[] {
    return [...this.streams.values()].map(({ stream }) => stream.state);
  }

  get statistics(): AdsCounters {
    return { ...this.counters, streamsOpen: this.streams.size };
  }

  /** Ends every stream, and later ones at once; clients keep their last resources and reconnect. Safe to call twice. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    for (const { end } of [...this.streams.values()]) {
      end(status.UNAVAILABLE, SHUTTING_DOWN);
    }
  }

  private reportNack(nack: RefusedResponse): void {
    try {
      this.options.onNack(nack);
    } catch {
      // A listener that throws must not end the stream, or the process.
    }
  }

  private schedule(name: string): void {
    if (this.isClosed) return;
    this.changed.add(name);
    this.timer ??= setTimeout(() => this.push(), this.options.coalesceMs).unref();
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
    const stream = new AdsStream(id, call, protocol, this.store, hooks, this.options);
    this.streams.set(id, { stream, end });
    const forget = () => this.streams.delete(id);
    call.on('data', (request: Request) => this.streams.has(id) && stream.request(request));
    call.on('drain', () => this.streams.has(id) && stream.drained());
    call.on('cancelled', forget);
    call.on('error', forget);
    call.on('end', () => {
      forget();
      call.end();
    });
    if (this.isClosed) end(status.UNAVAILABLE, SHUTTING_DOWN);
  }
}
