import { createRequire } from 'node:module';
import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import { getGrpcPackageDefinition } from '@nestjs/microservices';
import type { GrpcContractOptions } from './grpc-options.js';
import { contractErrors } from '../errors.js';

/** What a .proto file declares, by full name. */
export type ContractDefinitions = Readonly<Record<string, object>>;

/**
 * Reads a contract.
 * @param subject Whose it is, for messages.
 * @throws ClientContractError; ClientContractError when it has nothing in a package that is named
 */
export function loadContract(subject: string, options: GrpcContractOptions): ContractDefinitions {
  const definitions = read(subject, options);
  const names = Object.keys(definitions);
  const unknown = packagesOf(options).find((it) => !names.some((name) => isWithin(name, it)));
  if (unknown === undefined) return definitions;
  const known = new Set(names.map((name) => name.slice(0, Math.max(0, name.lastIndexOf('.')))));
  throw contractErrors.unknownPackage(subject, unknown, [...known]);
}

export function packagesOf({ package: packages = '' }: GrpcContractOptions): readonly string[] {
  return [packages].flat();
}

function isWithin(name: string, packageName: string): boolean {
  return packageName === '' || name.startsWith(`${packageName}.`);
}

function read(subject: string, options: GrpcContractOptions): ContractDefinitions {
  try {
    const loader = protoLoader(options.protoLoader);
    return getGrpcPackageDefinition(options, loader) as ContractDefinitions;
  } catch (cause) {
    throw contractErrors.unreadable(subject, [options.protoPath ?? []].flat(), cause);
  }
}

/**
 * What reads .proto files: `@grpc/proto-loader`, or the package of that name in the application, as Nest takes it.
 * @throws Error when it is not installed
 */
export function protoLoader(name: string | undefined): unknown {
  if (name === undefined || name === '@grpc/proto-loader') return { loadSync };
  return createRequire(join(process.cwd(), 'package.json'))(name);
}
