import { ClientContractError } from '../errors.js';
import type { ClientClass } from './balanced-client.decorator.js';
import type { ClientCatalog } from './client-catalog.js';
import { EXPLAIN, type ExplainProperty } from './explain.js';
import type { GrpcClients } from './grpc-clients.js';
import { callQuestion, rpcCall } from './rpc-calls.js';

/**
 * An instance of a `@BalancedClient` class, with a function for each property that `@Call` marks.
 * @throws ClientContractError, InvalidClientOptionError, ConflictingClientsError, InvalidPolicyError
 */
export function createBalancedClient<T extends object>(
  clientClass: ClientClass<T>,
  catalog: ClientCatalog,
  clients: GrpcClients,
): T {
  const { channel, calls } = catalog.describe(clientClass);
  const client = clients.client(channel.service);
  // Fields that the class declares without "declare" or "abstract" exist on the instance, so ours go there, too.
  const Concrete = clientClass as new () => T;
  const instance = new Concrete();
  for (const { property, method, defaults } of calls) {
    Object.defineProperty(instance, property, { value: rpcCall(client, method, defaults) });
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
