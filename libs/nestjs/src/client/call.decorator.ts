import 'reflect-metadata';
import type { CallDefaults } from './rpc-calls.js';

/** What `@Call` sets for the calls of one method; call options go before it, `@BalancedClient` comes after it. */
export type CallDecoratorOptions = CallDefaults;

const CALLS = Symbol('discovery:calls');

/**
 * Marks a property of a `@BalancedClient` class as an rpc of the service, and sets defaults for its calls:
 *
 * ```ts
 * @Call({ timeoutMs: 250 })
 * abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
 * ```
 *
 * The property has the rpc's name in lower camel case. (TypeScript takes no decorator on an abstract method.)
 */
export function Call(options: CallDecoratorOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    const calls = new Map(declaredCalls(prototype.constructor));
    calls.set(String(property), options);
    Reflect.defineMetadata(CALLS, calls, prototype.constructor);
  };
}

/** Options of `@Call` by property, those of base classes included. */
export function declaredCalls(clientClass: object): ReadonlyMap<string, CallDecoratorOptions> {
  const calls: unknown = Reflect.getMetadata(CALLS, clientClass);
  return calls instanceof Map ? calls : new Map<string, CallDecoratorOptions>();
}
