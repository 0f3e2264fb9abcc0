import * as grpc from '@grpc/grpc-js';
import { copyOfApplication, usedCopy, type GrpcJsCopy } from './installed-copy.js';

/** The versions that this package was made and tested for: the surface of grpc-js that it needs changes between minor ones. */
const SUPPORTED = { minor: '1.14.', patch: 4 };

/** What the resolver and the policies are built on. */
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

/** The installed grpc-js is not one that discovery channels work with. */
export class UnsupportedGrpcJsError extends Error {
  override readonly name = 'UnsupportedGrpcJsError';

  constructor(
    /** Undefined where it is part of a bundle. */
    readonly copy: GrpcJsCopy | undefined,
    reality: string,
  ) {
    const which = copy ? `@grpc/grpc-js ${copy.version} at ${copy.path}` : '@grpc/grpc-js';
    super(
      `${which} ${reality}: discovery channels need ~1.14.4. With another one every call would hang to its deadline. Install ` +
        '@grpc/grpc-js@~1.14.4, and where a package manager has chosen another one, name it in "overrides" (npm, pnpm) or ' +
        '"resolutions" (yarn).',
    );
  }
}

/** @throws UnsupportedGrpcJsError */
export function assertGrpcJs(
  copy: GrpcJsCopy | undefined = usedCopy(),
  experimental: object | undefined = grpc.experimental,
): void {
  if (copy && !isSupported(copy.version)) {
    throw new UnsupportedGrpcJsError(copy, 'is of another version');
  }
  const missing = MEMBERS.find((name) => !(name in (experimental ?? {})));
  if (missing !== undefined) throw new UnsupportedGrpcJsError(copy, `has no ${missing}`);
}

/** Clients of another copy know neither the target nor the channel. @returns the warning; undefined when there is one copy. */
export function otherCopyWarning(
  used: GrpcJsCopy | undefined = usedCopy(),
  ofApplication: GrpcJsCopy | undefined = copyOfApplication(),
): string | undefined {
  if (!used || !ofApplication || used.path === ofApplication.path) return undefined;
  return (
    `Two copies of @grpc/grpc-js are installed: discovery channels are known to ${used.version} at ${used.path}, and the ` +
    `application imports ${ofApplication.version} from ${ofApplication.path}. Clients of the latter fail with "Failed to parse ` +
    'DNS address dns:etcd:///…". Have one copy: install ~1.14.4 in the application, and see "npm ls @grpc/grpc-js".'
  );
}

function isSupported(version: string): boolean {
  const { minor, patch } = SUPPORTED;
  return version.startsWith(minor) && Number.parseInt(version.slice(minor.length), 10) >= patch;
}
