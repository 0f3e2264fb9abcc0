import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { ClientContractError } from '../errors.js';
import type { ClientClass } from './balanced-client.decorator.js';
import type { ClientCatalog } from './client-catalog.js';
import { EXPLAIN, type ExplainProperty } from './explain.js';
import type { GrpcClients } from './grpc-clients.js';
import { callQuestion, rpcCall } from './rpc-calls.js';

/**
 * An instance of a `@BalancedClient` class, with a function for each property that `@Call` marks.
 * @throws ClientContractError, InvalidClientOptionError, ConflictingClientsError, LateClientError, InvalidPolicyError; as rejections
 */
export async function createBalancedClient<T extends object>(
  clientClass: ClientClass<T>,
  moduleRef: ModuleRef,
  catalog: ClientCatalog,
  clients: GrpcClients,
): Promise<T> {
  const { channel, calls, interceptors } = catalog.describe(clientClass);
  const client = clients.client(channel.service, interceptors);
  // Its constructor, if it has one, gets its injections.
  const instance = await moduleRef.create(clientClass as Type<T>);
  for (const { property, method, defaults } of calls) {
    // Where the class declares a field, that exists on the instance. Specs spy on it.
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
      throw new ClientContractError(subject, 'must be marked with @Call to be explained', known);
    }
    const question = callQuestion(call.method, call.defaults, request, options);
    return clients.explain(channel.service, question);
  };
  Object.defineProperty(instance, EXPLAIN, { value: explainProperty });
  return instance;
}
