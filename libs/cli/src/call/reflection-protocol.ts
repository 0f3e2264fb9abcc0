import { fromJSON, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';

/** The part of `grpc/reflection/v1/reflection.proto` that is used; `v1alpha` has the same messages. */
const MESSAGES = {
  ServerReflection: {
    methods: {
      ServerReflectionInfo: {
        requestType: 'ServerReflectionRequest',
        requestStream: true,
        responseType: 'ServerReflectionResponse',
        responseStream: true,
      },
    },
  },
  ServerReflectionRequest: {
    oneofs: { question: { oneof: ['fileByFilename', 'fileContainingSymbol', 'listServices'] } },
    fields: {
      fileByFilename: { type: 'string', id: 3 },
      fileContainingSymbol: { type: 'string', id: 4 },
      listServices: { type: 'string', id: 7 },
    },
  },
  ServerReflectionResponse: {
    fields: {
      fileDescriptorResponse: { type: 'FileDescriptorResponse', id: 4 },
      listServicesResponse: { type: 'ListServiceResponse', id: 6 },
      errorResponse: { type: 'ErrorResponse', id: 7 },
    },
  },
  FileDescriptorResponse: {
    fields: { fileDescriptorProto: { rule: 'repeated', type: 'bytes', id: 1 } },
  },
  ListServiceResponse: {
    fields: { service: { rule: 'repeated', type: 'ServiceResponse', id: 1 } },
  },
  ServiceResponse: { fields: { name: { type: 'string', id: 1 } } },
  ErrorResponse: {
    fields: { errorCode: { type: 'int32', id: 1 }, errorMessage: { type: 'string', id: 2 } },
  },
};

export type ReflectionQuestion =
  | { readonly fileByFilename: string }
  | { readonly fileContainingSymbol: string }
  | { readonly listServices: string };

export interface ReflectionAnswer {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto?: readonly Buffer[] };
  readonly listServicesResponse?: { readonly service?: readonly { readonly name: string }[] };
  readonly errorResponse?: { readonly errorMessage?: string };
}

export type ReflectionVersion = 'v1' | 'v1alpha';

/** The one rpc of the protocol. */
export function reflectionRpc(version: ReflectionVersion): MethodDefinition<object, object> {
  const messages = { [version]: { nested: MESSAGES } };
  // Its type requires all fields and methods.
  const root = { nested: { grpc: { nested: { reflection: { nested: messages } } } } } as unknown;
  const definitions = fromJSON(root as Parameters<typeof fromJSON>[0], { keepCase: true });
  const service = definitions[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition;
  return service.ServerReflectionInfo!;
}
