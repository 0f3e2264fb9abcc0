import { InvalidOptionError } from '@grpc-discovery/registry';
import type { MethodOptions, MethodOptionsByPath } from '@grpc-discovery/balancing';
import type { Interceptor } from '@grpc/grpc-js';
import {
  balancedClientOptions,
  type ClientClass,
  type ServiceChannelOptions,
} from './balanced-client.decorator.js';
import { declaredCalls, type CallDecoratorOptions } from './call.decorator.js';
import { assertCallDecoratorOptions, readBalancedClientOptions } from './client-options.js';
import { contractService, rpcNamed } from './contract.js';
import type { CallDefaults, RpcMethod } from './rpc-calls.js';
import { contractErrors, type ClientContractError } from '../errors.js';

/** One property of a client: the rpc behind it, and how its calls are made. */
export interface DescribedCall {
  readonly property: string;
  readonly method: RpcMethod;
  readonly defaults: CallDefaults;
}

/** The options of a client's decorators, checked against its contract. */
export interface ClientDescription {
  readonly name: string;
  readonly channel: ServiceChannelOptions;
  /** By path of an rpc or of the whole rpc service. */
  readonly methods: MethodOptionsByPath;
  readonly calls: readonly DescribedCall[];
  /** Interceptors of this client only. */
  readonly interceptors: readonly Interceptor[];
}

const METHOD_OPTIONS = ['policy', 'retry', 'hedging', 'compression'] as const;
/**
 * @throws ClientContractError, InvalidOptionError that name the class, the property and the option
 */
export function describeClient(clientClass: ClientClass): ClientDescription {
  const options = balancedClientOptions(clientClass);
  const { name } = clientClass;
  const { channel, interceptors } = readBalancedClientOptions(name, options);
  const service = contractService(name, options);
  const { methods, fullName } = service;
  const described = [...declaredCalls(clientClass)].map(([property, call]) => {
    const subject = `${name}.${property}`;
    const method = rpcNamed(service, property);
    if (!method) {
      throw contractErrors.mismatch(subject, `must be an rpc of ${fullName}`, [...methods.keys()]);
    }
    assertCallOptions(subject, method, call);
    return { property, method, call };
  });
  if (described.length === 0) throw withoutCalls(name, [...methods.keys()]);
  const calls = described.map(({ property, method, call }) => {
    const defaults = callDefaults(options, call);
    return { property, method, defaults };
  });
  const byPath = [
    [`/${fullName}`, methodOptions({ ...options, policy: undefined })],
    ...described.map(({ method, call }) => [method.path, methodOptions(call)] as const),
  ] as const;
  return {
    name,
    channel,
    interceptors,
    methods: Object.fromEntries(byPath.filter(([, method]) => Object.keys(method).length > 0)),
    calls,
  };
}

/** Not every compiler emits decorators of abstract properties. vitest's drops them, and the client has no calls. */
function withoutCalls(name: string, known: readonly string[]): ClientContractError {
  const expected =
    'must have a property that is marked with @Call, and none is seen; where the compiler drops abstract ones, ' +
    'declare `@Call() readonly sayHello!: …` without `abstract`';
  return contractErrors.mismatch(name, expected, known);
}

/**
 * The settings of a method that the channel applies. The call itself sets deadline and wait-for-ready: they also apply while
 * the service is resolved, and a call may have a later deadline than its method.
 */
function methodOptions(options: MethodOptions): MethodOptions {
  return Object.fromEntries(
    METHOD_OPTIONS.map((option) => [option, options[option]] as const).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function callDefaults(client: MethodOptions, call: CallDecoratorOptions<never>): CallDefaults {
  return {
    timeoutMs: call.timeoutMs ?? client.timeoutMs,
    waitForReady: call.waitForReady ?? client.waitForReady,
    hashKey: call.hashKey,
  };
}

function assertCallOptions(
  subject: string,
  { requestStream }: RpcMethod,
  options: CallDecoratorOptions<never>,
): void {
  assertCallDecoratorOptions(subject, options);
  if (options.hashKey && requestStream) {
    throw new InvalidOptionError(
      `${subject} hashKey`,
      'absent for a stream of requests',
      'a function',
      'Give the key with each call: { hashKey }.',
    );
  }
}
