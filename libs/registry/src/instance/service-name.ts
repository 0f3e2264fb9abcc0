import { InvalidOptionError } from '../errors/invalid-option-error.js';
import { show } from '../errors/show.js';

const SERVICE_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;

export function isServiceName(name: unknown): name is string {
  return typeof name === 'string' && SERVICE_NAME.test(name);
}

/**
 * Checks the name of a service: 1 to 128 letters, digits, dots, dashes and underscores, a letter or digit at both ends.
 * It never holds a slash, so that it is one segment of a key and of a target `etcd:///<service>`.
 * @throws InvalidOptionError
 */
export function assertServiceName(name: unknown): asserts name is string {
  if (isServiceName(name)) return;
  throw new InvalidOptionError(
    'service',
    '1 to 128 letters, digits, ".", "-" and "_", with a letter or digit at both ends',
    show(name),
    'Name the service like "greeter" or "shop.orders".',
  );
}
