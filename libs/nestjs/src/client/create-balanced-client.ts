import type { Client } from '@grpc/grpc-js';
import { ClientContractError, InvalidTimeoutError } from '../errors.js';
import { balancedClientOptions, type ClientClass } from './balanced-client.decorator.js';
import { declaredCalls } from './call.decorator.js';
import { contractService } from './contract.js';
import type { GrpcClients } from './grpc-clients.js';
import { rpcCall, type CallDefaults } from './rpc-calls.js';

/**
 * An instance of a `@BalancedClient` class, with a function for each property that `@Call` marks.
 * @throws ClientContractError, InvalidTimeoutError that name the class and the property
 */
export function createBalancedClient<T extends object>(
  clientClass: ClientClass<T>,
  clients: GrpcClients,
): T {
  const options = balancedClientOptions(clientClass);
  const { methods, fullName } = contractService(clientClass.name, options);
  const calls = [...declaredCalls(clientClass)].map(([property, call]) => {
    const subject = `${clientClass.name}.${property}`;
    const method = methods.get(property);
    if (!method) {
      throw new ClientContractError(subject, `must be an rpc of ${fullName}`, [...methods.keys()]);
    }
    return { property, method, defaults: callDefaults(subject, options, call) };
  });
  // Fields that the class declares without "declare" or "abstract" exist on the instance, so ours go there, too.
  const Concrete = clientClass as new () => T & Record<string, unknown>;
  const instance = new Concrete();
  const client: Client = clients.client(options);
  for (const { property, method, defaults } of calls) {
    Object.defineProperty(instance, property, { value: rpcCall(client, method, defaults) });
  }
  return instance;
}

function callDefaults(subject: string, client: CallDefaults, call: CallDefaults): CallDefaults {
  const timeoutMs = call.timeoutMs ?? client.timeoutMs;
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
    throw new InvalidTimeoutError(`${subject} timeoutMs`, timeoutMs);
  }
  return { timeoutMs, waitForReady: call.waitForReady ?? client.waitForReady };
}
