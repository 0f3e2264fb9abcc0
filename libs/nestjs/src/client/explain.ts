import type { CallExplanation } from '@grpc-discovery/balancing';
import { MissingClientMetadataError } from '../errors.js';
import type { CallOptions } from './call-types.js';

/** Key of {@link ExplainProperty} on instances of `@BalancedClient` classes. */
export const EXPLAIN = Symbol('discovery:explain');

/** @throws ClientContractError for a property that is no rpc. */
export type ExplainProperty = (
  property: string,
  request: unknown,
  options: CallOptions | undefined,
) => CallExplanation | undefined;

/** Names of a client's properties that make calls. */
type CallProperty<Client> = {
  [Key in keyof Client]: Client[Key] extends (...args: never[]) => unknown ? Key : never;
}[keyof Client] &
  string;

/**
 * Where a call would go and why, without making it: `explain(greeter, 'sayHello', { name: 'world' })`. It costs what a
 * pick costs whose call never starts: a rotation moves on by one turn.
 *
 * @param call request and options, as the call takes them. Without a request a `hashKey` function is not asked; a
 * stream of requests is not read.
 * @returns nothing while the client still waits for the registry.
 * @throws MissingClientMetadataError for an object that `DiscoveryModule.forFeature` did not make; ClientContractError for a
 * property that is not marked with `@Call`.
 */
export function explain<Client extends object, Property extends CallProperty<Client>>(
  client: Client,
  property: Property,
  ...call: Client[Property] extends (...args: infer Arguments) => unknown
    ? Partial<Arguments>
    : never
): CallExplanation | undefined {
  const { [EXPLAIN]: explainProperty } = client as { readonly [EXPLAIN]?: ExplainProperty };
  if (!explainProperty) throw new MissingClientMetadataError(client.constructor.name);
  const [request, options] = call as readonly unknown[];
  return explainProperty(property, request, options as CallOptions | undefined);
}
