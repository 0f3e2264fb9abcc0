import { discoveryChannelOptions, discoveryTarget, roundRobin } from '@grpc-discovery/balancing';
import { greeterProto } from '@grpc-discovery/proto';
import {
  createEtcdRegistry,
  type EtcdRegistryOptions,
  type Registry,
  type Watch,
} from '@grpc-discovery/registry';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';

/** A call that failed. Times are of `performance.now()`. */
export interface Failure {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Where it went; empty when it never left. */
  readonly peer: string;
  readonly text: string;
}

export function describeFailure({ startedAt, endedAt, peer, text }: Failure): string {
  const span = `from ${startedAt.toFixed(0)} to ${endedAt.toFixed(0)} ms`;
  return `A call ${span}, ${peer === '' ? 'which went nowhere' : `to ${peer}`}, failed: ${text}`;
}

const PAUSE_MS = 10;
const DEADLINE_MS = 2_000;

const { protoPath, loader } = greeterProto;
const service = loadSync(protoPath, loader)['helloworld.Greeter'] as ServiceDefinition;
const sayHello = service.SayHello!;

/** A client with a registry and a channel of its own, which calls all the time, whatever becomes of earlier calls. */
export class LoadClient {
  calls = 0;
  private readonly client: Client;
  private readonly registry: Registry;
  private readonly watch: Watch;
  private timer: NodeJS.Timeout | undefined;
  private inFlight = 0;

  constructor(
    readonly name: string,
    etcd: EtcdRegistryOptions,
    private readonly onFailure: (failure: Failure) => void,
  ) {
    this.registry = createEtcdRegistry(etcd);
    this.watch = this.registry.watcher.watch('greeter', () => undefined);
    const options = discoveryChannelOptions({
      watcher: this.registry.watcher,
      policy: roundRobin(),
    });
    // Each client connects by itself.
    this.client = new Client(discoveryTarget('greeter'), credentials.createInsecure(), {
      ...options,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Ids and addresses of the instances that it knows. */
  get listed(): ReadonlyMap<string, string> {
    const { state } = this.watch;
    const instances = 'snapshot' in state ? state.snapshot.instances : [];
    return new Map(instances.map(({ id, address }) => [id, address]));
  }

  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  startCalling(): void {
    this.timer = setInterval(() => this.call(), PAUSE_MS);
  }

  stopCalling(): void {
    clearInterval(this.timer);
  }

  async close(): Promise<void> {
    this.stopCalling();
    this.client.close();
    await this.registry.close();
  }

  private call(): void {
    this.calls += 1;
    this.inFlight += 1;
    const startedAt = performance.now();
    const { path, requestSerialize, responseDeserialize } = sayHello;
    const options = { deadline: Date.now() + DEADLINE_MS };
    const ended = (error: ServiceError | null) => {
      this.inFlight -= 1;
      if (!error) return;
      const peer = call.getPeer().startsWith('127.') ? call.getPeer() : '';
      this.onFailure({ startedAt, endedAt: performance.now(), peer, text: error.message });
    };
    const call = this.client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { name: this.name },
      options,
      ended,
    );
  }
}
