import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Channel, credentials } from '@grpc/grpc-js';

/** One installation of grpc-js. */
export interface GrpcJsCopy {
  /** Its folder. */
  readonly path: string;
  readonly version: string;
}

const FOLDER = /(?:file:\/\/)?[^\s()]*[\\/]node_modules[\\/]@grpc[\\/]grpc-js(?=[\\/])/;

/**
 * The copy that this package uses: there may be others in a process. It is read out of the stack of an error that grpc-js makes, as
 * grpc-js exports neither path nor version; undefined in a bundle.
 */
export function usedCopy(): GrpcJsCopy | undefined {
  try {
    new Channel(undefined as never, credentials.createInsecure(), {});
  } catch (error) {
    const [found] = FOLDER.exec(String((error as Error).stack)) ?? [];
    if (found !== undefined)
      return copyAt(found.startsWith('file:') ? fileURLToPath(found) : found);
  }
  return undefined;
}

/** The copy that the application itself imports; undefined when it imports none. */
export function copyOfApplication(
  places: readonly string[] = [process.argv[1] ?? '', join(process.cwd(), 'package.json')],
): GrpcJsCopy | undefined {
  for (const place of places) {
    try {
      return copyAt(dirname(createRequire(place).resolve('@grpc/grpc-js/package.json')));
    } catch {
      // It need not depend on it.
    }
  }
  return undefined;
}

function copyAt(folder: string): GrpcJsCopy | undefined {
  try {
    const path = realpathSync(folder);
    const { version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as GrpcJsCopy;
    return { path, version };
  } catch {
    return undefined;
  }
}
