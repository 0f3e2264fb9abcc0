import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { getGrpcPackageDefinition, type GrpcOptions } from '@nestjs/microservices';
import { protoLoader } from '../options/grpc-options.js';
import { setupErrors } from '../errors.js';

interface ReflectionPackage {
  readonly ReflectionService: new (contract: PackageDefinition) => {
    addToServer(server: Pick<Server, 'addService'>): void;
  };
}

/** The standard reflection protocol, in its versions v1 and v1alpha, over what a server's contract declares. */
export class ServerReflection {
  private constructor(private readonly reflection: ReflectionPackage) {}

  /** @throws DiscoverySetupError without `@grpc/reflection`, which nothing else needs; as a rejection. */
  static async load(
    read: () => Promise<unknown> = () => import('@grpc/reflection'),
  ): Promise<ServerReflection> {
    try {
      return new ServerReflection((await read()) as ReflectionPackage);
    } catch (cause) {
      throw setupErrors.missingReflection(cause);
    }
  }

  /** @param options Nest's, which name the contract. */
  addTo(server: Pick<Server, 'addService'>, options: GrpcOptions['options']): void {
    const loader = protoLoader(options.protoLoader);
    const contract = getGrpcPackageDefinition(options, loader) as PackageDefinition;
    new this.reflection.ReflectionService(contract).addToServer(server);
  }
}
