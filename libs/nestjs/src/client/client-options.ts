import { InvalidOptionError } from '@grpc-discovery/registry';
import type { MethodOptions, PolicyConfig } from '@grpc-discovery/balancing';
import { assertServiceName } from '@grpc-discovery/registry';
import {
  aFunction,
  anObject,
  arrayOf,
  block,
  durationMs,
  flag,
  optional,
  oneOf,
  readOptions,
  required,
  text,
  type OptionTable,
  type Rule,
} from '@grpc-discovery/registry/options';
import type { ChannelCredentials, Interceptor } from '@grpc/grpc-js';
import { contractTableOf, grpcChannelOptions, limitsTable } from '../options/grpc-options.js';
import { clientTlsTable } from '../tls/tls.options.js';
import type {
  BalancedClientOptions,
  RpcServiceOptions,
  ServiceChannelOptions,
} from './balanced-client.decorator.js';
import type { CallDecoratorOptions } from './call.decorator.js';

/** An object whose settings are checked when the channel is created. */
const settings = <T extends object>() =>
  anObject<T>('an object', [], 'See the docs of the option.');

const deadline = durationMs(1, 'Leave it out for calls without a deadline.');

const methodTable = {
  policy: optional(settings<PolicyConfig>(), 'how calls are spread'),
  timeoutMs: optional(deadline, 'time that a call may take'),
  waitForReady: optional(flag('Leave it out for false.'), 'whether calls wait for an instance'),
  retry: optional(settings(), 'whether failed calls are made again'),
  hedging: optional(settings(), 'whether several attempts run side by side'),
  compression: optional(oneOf(['identity', 'gzip', 'deflate']), 'how requests are compressed'),
} satisfies OptionTable<MethodOptions>;

export const callTable = {
  ...methodTable,
  hashKey: optional(
    aFunction<NonNullable<CallDecoratorOptions<never>['hashKey']>>(
      'Give a function of the request that returns the key.',
    ),
    'the key by which consistentHash chooses',
  ),
} satisfies OptionTable<CallDecoratorOptions>;

const health: Rule<unknown> = (value, path) => (value === false ? value : settings()(value, path));

export const channelTable = {
  service: required((value) => (assertServiceName(value), value), "the service's name"),
  policy: methodTable.policy,
  retryBudget: optional(settings(), 'bounds retries when many calls fail'),
  tls: optional(block(clientTlsTable), 'TLS from files'),
  credentials: optional(
    anObject<ChannelCredentials>('ChannelCredentials of grpc-js', ['compose']),
    'TLS of grpc-js',
  ),
  health: optional(health, 'whose health is watched'),
  massRemoval: optional(settings(), 'what is kept when most instances vanish'),
  connectTimeoutMs: optional(durationMs(), 'bounds an attempt to connect'),
  ...limitsTable,
} satisfies OptionTable<ServiceChannelOptions>;

/** The fields that are fixed once the channel is open. The others apply to calls, and can change. */
export const WHEN_OPENED = [
  'credentials',
  'tls',
  'health',
  'massRemoval',
  'connectTimeoutMs',
  'channelOptions',
] as const satisfies readonly (keyof ServiceChannelOptions)[];

const rpcService = optional(text('Name it as in the .proto file.'), 'service of the contract');

/** The checked options of a client. */
export interface NormalizedClientOptions {
  /** All clients of the service must agree on these. */
  readonly channel: ServiceChannelOptions;
  /** For this client only. */
  readonly interceptors: readonly Interceptor[];
}

/** @throws InvalidOptionError */
export function readBalancedClientOptions(
  subject: string,
  options: BalancedClientOptions,
): NormalizedClientOptions {
  const table = {
    ...contractTableOf(options),
    rpcService,
    ...methodTable,
    ...channelTable,
  } satisfies OptionTable<BalancedClientOptions>;
  readOptions(table, options, `${subject} `);
  return normalized(subject, options);
}

/** @throws InvalidOptionError */
export function readGrpcClientOptions(
  subject: string,
  options: RpcServiceOptions & ServiceChannelOptions,
): NormalizedClientOptions {
  const table = {
    ...contractTableOf(options),
    rpcService,
    ...channelTable,
  } satisfies OptionTable<RpcServiceOptions & ServiceChannelOptions>;
  readOptions(table, options, `${subject} `);
  return normalized(subject, options);
}

/** @throws InvalidOptionError */
export function assertCallDecoratorOptions(
  subject: string,
  options: CallDecoratorOptions<never>,
): void {
  readOptions(callTable, options, `${subject} `);
}

/** Options of grpc-js's clients that would replace the channel, or that only a client made by hand can have. */
const NOT_OURS = [
  'channelOverride',
  'channelFactoryOverride',
  'interceptor_providers',
  'callInvocationTransformer',
] as const;

const interceptorsRule = arrayOf(aFunction<Interceptor>('Give interceptors of grpc-js.'));

function normalized(subject: string, options: ServiceChannelOptions): NormalizedClientOptions {
  const { interceptors: given = [], ...channelOptions } = options.channelOptions ?? {};
  const taken = NOT_OURS.find((name) => channelOptions[name] !== undefined);
  if (taken !== undefined) {
    const remedy = 'The client uses the channel of its service, and "interceptors".';
    throw new InvalidOptionError(`${subject} channelOptions.${taken}`, 'absent', 'given', remedy);
  }
  const interceptors = interceptorsRule(given, `${subject} channelOptions.interceptors`);
  const { service, policy, retryBudget, tls, credentials, health, massRemoval } = options;
  const { connectTimeoutMs } = options;
  const all = grpcChannelOptions({ ...options, channelOptions });
  return {
    channel: {
      service,
      ...(policy && { policy }),
      ...(retryBudget && { retryBudget }),
      ...(tls && { tls }),
      ...(credentials && { credentials }),
      ...(health !== undefined && { health }),
      ...(massRemoval && { massRemoval }),
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      ...(all && { channelOptions: all }),
    },
    interceptors,
  };
}
