import type { CallExplanation } from '@grpc-discovery/balancing';
import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { ClientClass } from './balanced-client.decorator.js';
import type { CallOptions } from './call-types.js';
import type { ClientCatalog } from './client-catalog.js';
import type { GrpcClients } from './grpc-clients.js';
import { callQuestion, rpcCall } from './rpc-calls.js';
import { contractErrors } from '../errors.js';

/**
 * An instance of a `@BalancedClient` class, with a function for each property that `@Call` marks.
 * @throws ClientContractError, InvalidOptionError, DiscoverySetupError, InvalidPolicyError; as rejections
 */
export async function createBalancedClient<T extends object>(
  clientClass: ClientClass<T>,
  moduleRef: ModuleRef,
  catalog: ClientCatalog,
  clients: GrpcClients,
): Promise<T> {
  const { channel, calls, interceptors } = catalog.describe(clientClass);
  const client = clients.client(channel.service, interceptors);
  // Nest injects the parameters of its constructor.
  const instance = await moduleRef.create(clientClass as Type<T>);
  for (const { property, method, defaults } of calls) {
    // A declared field exists on the instance, so specs can spy on it.
    Object.defineProperty(instance, property, {
      value: rpcCall(client, method, defaults),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  const explainProperty: ExplainProperty = (property, request, options) => {
    const call = calls.find((it) => it.property === property);
    if (!call) {
      const subject = `${clientClass.name}.${property}`;
      const known = calls.map((it) => it.property);
      throw contractErrors.mismatch(subject, 'must be marked with @Call to be explained', known);
    }
    const question = callQuestion(call.method, call.defaults, request, options);
    return clients.explain(channel.service, question);
  };
  Object.defineProperty(instance, EXPLAIN, { value: explainProperty });
  return instance;
}

/** Key of {@link ExplainProperty} on instances of `@BalancedClient` classes. */
const EXPLAIN = Symbol('discovery:explain');

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
 * Where a call would go and why, without making it: `explain(greeter, 'sayHello', { name: 'world' })`. It makes a pick: a
 * rotation advances by one turn.
 *
 * @param call request and options, as the call takes them. Without a request a `hashKey` function is not asked; a
 * stream of requests is not read.
 * @returns undefined while the client waits for the registry.
 * @throws ClientContractError if `DiscoveryModule.forFeature` did not create the client, or `@Call` does not mark the property.
 */
export function explain<Client extends object, Property extends CallProperty<Client>>(
  client: Client,
  property: Property,
  ...call: Client[Property] extends (...args: infer Arguments) => unknown
    ? Partial<Arguments>
    : never
): CallExplanation | undefined {
  const { [EXPLAIN]: explainProperty } = client as { readonly [EXPLAIN]?: ExplainProperty };
  if (!explainProperty) throw contractErrors.missingMetadata(client.constructor.name);
  const [request, options] = call as readonly unknown[];
  return explainProperty(property, request, options as CallOptions | undefined);
}
