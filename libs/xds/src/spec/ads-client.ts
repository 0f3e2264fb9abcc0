import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { until } from '@grpc-discovery/test-support';
import { Client, type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { adsDefinition } from '../server/service-definition.js';

/** A response of either protocol, as specs compare it. */
export interface SeenResponse {
  readonly type: string;
  readonly nonce: string;
  readonly version: string;
  /** Names of the resources, where the message has them: delta, and endpoints. */
  readonly names: readonly string[];
  readonly removed: readonly string[];
  readonly count: number;
}

/** A client that sends exactly what a spec asks it to. */
export class AdsClient {
  readonly responses: SeenResponse[] = [];
  error: ServiceError | undefined;
  private readonly client: Client;
  private readonly stream: ClientDuplexStream<never, unknown>;

  constructor(
    port: number,
    readonly protocol: 'sotw' | 'delta',
  ) {
    this.client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    this.stream = protocol === 'sotw' ? this.openSotw() : this.openDelta();
    this.stream.on('error', (error: ServiceError) => (this.error = error));
  }

  sotw(request: MessageInitShape<typeof DiscoveryRequestSchema>): void {
    this.stream.write(create(DiscoveryRequestSchema, request) as never);
  }

  delta(request: MessageInitShape<typeof DeltaDiscoveryRequestSchema>): void {
    this.stream.write(create(DeltaDiscoveryRequestSchema, request) as never);
  }

  /** Subscribes in the protocol of the client. `names` are all that it wants from now on. */
  subscribe(type: string, names: readonly string[], answered?: SeenResponse): void {
    const common = {
      typeUrl: type,
      responseNonce: answered?.nonce ?? '',
      node: { id: 'scripted' },
    };
    if (this.protocol === 'sotw') {
      this.sotw({ ...common, versionInfo: answered?.version ?? '', resourceNames: [...names] });
    } else this.delta({ ...common, resourceNamesSubscribe: [...names] });
  }

  /** The response with this number, from 1. */
  async response(number: number): Promise<SeenResponse> {
    return until(`response ${number} arrives`, () => this.responses[number - 1]);
  }

  /** Resolves after the server has handled all requests before. */
  async settled(): Promise<void> {
    const before = this.responses.length;
    const type = `unknown-${before}`;
    if (this.protocol === 'sotw') this.sotw({ typeUrl: type });
    else this.delta({ typeUrl: type });
    await until('an unknown type is answered', () =>
      this.responses.some((response) => response.type === type),
    );
    this.responses.splice(
      this.responses.findIndex((response) => response.type === type),
      1,
    );
  }

  /** Stops and resumes reading. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  close(): void {
    this.stream.cancel();
    this.client.close();
  }

  private openSotw() {
    const { path, requestSerialize, responseDeserialize } = adsDefinition.StreamAggregatedResources;
    const stream: ClientDuplexStream<DiscoveryRequest, DiscoveryResponse> =
      this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    return stream.on('data', ({ typeUrl, nonce, versionInfo, resources }: DiscoveryResponse) => {
      const names = resources.flatMap((resource) => {
        const assignment = anyUnpack(resource, ClusterLoadAssignmentSchema);
        return assignment ? [assignment.clusterName] : [];
      });
      const count = resources.length;
      this.responses.push({
        type: typeUrl,
        nonce,
        version: versionInfo,
        names,
        removed: [],
        count,
      });
    });
  }

  private openDelta() {
    const { path, requestSerialize, responseDeserialize } = adsDefinition.DeltaAggregatedResources;
    const stream: ClientDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> =
      this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    return stream.on('data', (response: DeltaDiscoveryResponse) => {
      const { typeUrl, nonce, systemVersionInfo, resources, removedResources } = response;
      this.responses.push({
        type: typeUrl,
        nonce,
        version: systemVersionInfo,
        names: resources.map(({ name }) => name),
        removed: removedResources,
        count: resources.length,
      });
    });
  }
}
