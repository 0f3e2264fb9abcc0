import type { PackageDefinition } from '@grpc/proto-loader';
import { status, type Client } from '@grpc/grpc-js';
import { Descriptors } from './descriptors.js';
import type { CallBounds } from './make-call.js';
import type { ReflectionVersion } from './reflection-protocol.js';
import { ReflectionStream } from './reflection-stream.js';

/**
 * The contract of a server from its reflection: grpc.reflection.v1 or, if it has only that, v1alpha.
 * @param rpcService Full name of the rpc service; without it, all but gRPC's own are read.
 * @throws ServiceError; UNIMPLEMENTED when the server has no reflection
 */
export async function reflectedContract(
  client: Client,
  rpcService: string | undefined,
  bounds: CallBounds,
): Promise<PackageDefinition> {
  try {
    return await reflect(client, 'v1', rpcService, bounds);
  } catch (error) {
    if ((error as { code?: unknown }).code !== status.UNIMPLEMENTED) throw error;
    return reflect(client, 'v1alpha', rpcService, bounds);
  }
}

async function reflect(
  client: Client,
  version: ReflectionVersion,
  rpcService: string | undefined,
  bounds: CallBounds,
): Promise<PackageDefinition> {
  const stream = new ReflectionStream(client, version, bounds);
  try {
    const descriptors = new Descriptors();
    for (const name of rpcService === undefined ? await listed(stream) : [rpcService]) {
      const { fileDescriptorResponse } = await stream.ask({ fileContainingSymbol: name });
      descriptors.add(fileDescriptorResponse?.fileDescriptorProto);
    }
    for (let name = descriptors.missing; name !== undefined; name = descriptors.missing) {
      const { fileDescriptorResponse } = await stream.ask({ fileByFilename: name });
      descriptors.add(fileDescriptorResponse?.fileDescriptorProto);
      if (descriptors.missing === name)
        throw new Error(`Reflection does not give the file ${name}.`);
    }
    return descriptors.load();
  } finally {
    stream.close();
  }
}

async function listed(stream: ReflectionStream): Promise<string[]> {
  const { listServicesResponse } = await stream.ask({ listServices: '*' });
  const names = listServicesResponse?.service?.map(({ name }) => name) ?? [];
  return names.filter((name) => !name.startsWith('grpc.'));
}
