import { Channel, credentials, experimental as installed } from '@grpc/grpc-js';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The supported versions: the experimental surface of grpc-js changes between minor versions. */
const SUPPORTED = { minor: '1.14.', patch: 4 };

/** Experimental members that the resolver and the balancer need. */
const MEMBERS = [
  'CHANNEL_ARGS_CONFIG_SELECTOR_KEY',
  'SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX',
  'BaseSubchannelWrapper',
  'PickResultType',
  'parseLoadBalancingConfig',
  'registerLoadBalancerType',
  'registerResolver',
  'statusOrFromValue',
];

/** Discovery channels don't work with the installed grpc-js. */
export class UnsupportedGrpcJsError extends Error {
  override readonly name = 'UnsupportedGrpcJsError';

  constructor(
    /** Undefined if grpc-js is part of a bundle. */
    readonly copy: GrpcJsCopy | undefined,
    reality: string,
  ) {
    const which = copy ? `@grpc/grpc-js ${copy.version} at ${copy.path}` : '@grpc/grpc-js';
    super(
      `${which} ${reality}: discovery channels need ~1.14.4. With another version every call would hang until its ` +
        'deadline. Install @grpc/grpc-js@~1.14.4. If your package manager has chosen another version, pin it in "overrides" (npm, ' +
        'pnpm) or "resolutions" (yarn).',
    );
  }
}

/** @throws UnsupportedGrpcJsError */
export function assertGrpcJs(
  copy: GrpcJsCopy | undefined = usedCopy(),
  experimental: object | undefined = installed,
): void {
  if (copy && !isSupported(copy.version)) {
    throw new UnsupportedGrpcJsError(copy, 'is of another version');
  }
  const missing = MEMBERS.find((name) => !(name in (experimental ?? {})));
  if (missing !== undefined) throw new UnsupportedGrpcJsError(copy, `has no ${missing}`);
}

/**
 * A warning if the application imports another copy of grpc-js, in which neither the target nor the channel is registered.
 * @returns undefined if there is one copy.
 */
export function otherCopyWarning(
  used: GrpcJsCopy | undefined = usedCopy(),
  ofApplication: GrpcJsCopy | undefined = copyOfApplication(),
): string | undefined {
  if (!used || !ofApplication || used.path === ofApplication.path) return undefined;
  return (
    `Two copies of @grpc/grpc-js are installed: discovery channels are registered with ${used.version} at ${used.path}, but the ` +
    `application imports ${ofApplication.version} from ${ofApplication.path}. Clients of the latter fail with "Failed to parse ` +
    'DNS address dns:etcd:///…". Keep one copy: install ~1.14.4 in the application, and check with "npm ls @grpc/grpc-js".'
  );
}

function isSupported(version: string): boolean {
  const { minor, patch } = SUPPORTED;
  return version.startsWith(minor) && Number.parseInt(version.slice(minor.length), 10) >= patch;
}

/** An installed copy of grpc-js: its folder and version. */
export interface GrpcJsCopy {
  readonly path: string;
  readonly version: string;
}

const FOLDER = /(?:file:\/\/)?[^\s()]*[\\/]node_modules[\\/]@grpc[\\/]grpc-js(?=[\\/])/;

/**
 * The copy that this package uses; a process may load several. Read from the stack of an error that grpc-js throws, because
 * grpc-js exports neither path nor version.
 * @returns undefined in a bundle.
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

/** The copy that the application itself imports; undefined if it imports none. */
export function copyOfApplication(
  places: readonly string[] = [process.argv[1] ?? '', join(process.cwd(), 'package.json')],
): GrpcJsCopy | undefined {
  for (const place of places) {
    try {
      return copyAt(dirname(createRequire(place).resolve('@grpc/grpc-js/package.json')));
    } catch {
      // The application need not depend on grpc-js.
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
