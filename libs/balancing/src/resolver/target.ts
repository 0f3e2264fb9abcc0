import type { GrpcUri } from '../grpc/experimental.js';

export const SCHEME = 'etcd';

/** The registry's grammar of service names: one segment of a key, a target and an authority. */
const SERVICE_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;

/**
 * The target to dial for a service: `etcd:///greeter`.
 * @throws TypeError if it can't be the name of a service.
 */
export function discoveryTarget(service: string): string {
  if (!SERVICE_NAME.test(service)) {
    throw new TypeError(
      `A service name is 1 to 128 letters, digits, ".", "-" and "_", with a letter or digit at both ends; ` +
        `got ${JSON.stringify(service)}`,
    );
  }
  return `${SCHEME}:///${service}`;
}

/**
 * The service that a target names.
 * @throws Error if it names none.
 */
export function serviceOf({ scheme, authority, path }: GrpcUri): string {
  if (!authority && SERVICE_NAME.test(path)) return path;
  const given = `${scheme ?? ''}:${authority === undefined ? '' : `//${authority}/`}${path}`;
  throw new Error(
    `The target of a discovery channel must be ${SCHEME}:///<service>, but is ${given}`,
  );
}
