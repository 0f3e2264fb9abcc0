import { createRequire } from 'node:module';
import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { getGrpcPackageDefinition, type GrpcOptions } from '@nestjs/microservices';
import { MissingReflectionError } from '../errors.js';

interface ReflectionPackage {
  readonly ReflectionService: new (contract: PackageDefinition) => {
    addToServer(server: Pick<Server, 'addService'>): void;
  };
}

/** The standard reflection protocol, in its versions v1 and v1alpha, over what a server's contract declares. */
export class ServerReflection {
  private constructor(private readonly reflection: ReflectionPackage) {}

  /** @throws MissingReflectionError without `@grpc/reflection`, which nothing else needs. */
  static load(
    require: (name: string) => unknown = createRequire(import.meta.url),
  ): ServerReflection {
    try {
      return new ServerReflection(require('@grpc/reflection') as ReflectionPackage);
    } catch (cause) {
      throw new MissingReflectionError({ cause });
    }
  }

  /** @param options Nest's, which name the contract. */
  addTo(server: Pick<Server, 'addService'>, options: GrpcOptions['options']): void {
    const require = createRequire(import.meta.url);
    const loader: unknown = require(options.protoLoader ?? '@grpc/proto-loader');
    const contract = getGrpcPackageDefinition(options, loader) as PackageDefinition;
    new this.reflection.ReflectionService(contract).addToServer(server);
  }
}
