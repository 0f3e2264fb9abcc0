import { createRequire } from 'node:module';
import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';

/**
 * What reads .proto files: `@grpc/proto-loader`, or the package of that name in the application, as Nest takes it.
 * @throws Error when it is not installed
 */
export function protoLoader(name: string | undefined): unknown {
  if (name === undefined || name === '@grpc/proto-loader') return { loadSync };
  return createRequire(join(process.cwd(), 'package.json'))(name);
}
