import { assertServiceName, MAX_WEIGHT } from '@grpc-discovery/registry';
import { UsageError } from './errors.js';
import { readNumber, valueArgument, type Given } from './option-values.js';

/** @throws UsageError, InvalidOptionError */
export const readService = valueArgument('<service>', ({ value }) => {
  assertServiceName(value);
  return value;
});

/** An id, or `<service>/<id>`. */
export const readInstance = valueArgument('<instance>', ({ value, source }) => {
  const [first, ...rest] = value.split('/');
  if (rest.length === 0 || (first !== '' && rest.length === 1 && rest[0] !== '')) return value;
  throw new UsageError(`${source} must be an id, or <service>/<id>, but is ${show(value)}.`);
});

export const readWeight = valueArgument('<n>', (given) => readNumber(given, 0, MAX_WEIGHT));

/** The path of an rpc; the leading slash is optional. */
export function readMethodPath({ value, source }: Given): string {
  const match = /^\/?([\w.]+\/\w+)$/.exec(value);
  if (match) return `/${match[1]}`;
  throw new UsageError(`${source} must be /package.Service/Method, but is ${show(value)}.`);
}

const show = (value: string) => JSON.stringify(value);
