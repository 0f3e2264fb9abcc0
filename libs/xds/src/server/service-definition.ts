import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';
import { AggregatedDiscoveryService } from '../gen/envoy/service/discovery/v3/ads_pb.js';

const { typeName, method } = AggregatedDiscoveryService;

/** The service of ADS in grpc-js's form. */
export const adsDefinition = {
  StreamAggregatedResources: bidi(method.streamAggregatedResources),
  DeltaAggregatedResources: bidi(method.deltaAggregatedResources),
};

interface BidiMethod<Request extends DescMessage, Response extends DescMessage> {
  readonly name: string;
  readonly input: Request;
  readonly output: Response;
}

function bidi<Request extends DescMessage, Response extends DescMessage>({
  name,
  input,
  output,
}: BidiMethod<Request, Response>): MethodDefinition<MessageShape<Request>, MessageShape<Response>> {
  return {
    path: `/${typeName}/${name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (message) => Buffer.from(toBinary(input, message)),
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: (message) => Buffer.from(toBinary(output, message)),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}
