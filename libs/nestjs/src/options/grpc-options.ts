import {
  type OptionTable,
  type Rule,
  anObject,
  block,
  integer,
  optional,
  text,
} from '@grpc-discovery/registry/options';
import type { ChannelOptions, ServerInterceptor, ServerOptions } from '@grpc/grpc-js';
import { type GrpcOptions, getGrpcPackageDefinition } from '@nestjs/microservices';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import { contractErrors } from '../errors.js';
import { ignoredChannelOptions } from './channel-option-names.js';

type Keepalive = NonNullable<GrpcOptions['options']['keepalive']>;
type Loader = NonNullable<GrpcOptions['options']['loader']>;

/** A .proto contract, in the fields of Nest's gRPC options. Client and server need the same `loader` options. */
export type GrpcContractOptions = Pick<
  GrpcOptions['options'],
  'package' | 'protoPath' | 'protoLoader' | 'loader'
> & {
  /** The contract as `@grpc/proto-loader` reads it, instead of `protoPath`. */
  readonly packageDefinition?: object;
};

/** Settings of grpc-js, in the fields of Nest's gRPC options. */
export type GrpcLimitOptions = Pick<
  GrpcOptions['options'],
  'maxSendMessageLength' | 'maxReceiveMessageLength' | 'maxMetadataSize' | 'keepalive'
> & {
  /**
   * Further options of grpc-js, such as `grpc.keepalive_time_ms`.
   * @default none
   */
  readonly channelOptions?: ChannelOptions;
};

const anything: Rule<unknown> = (value) => value;
const textOrTexts: Rule<string | string[]> = (value, path) => {
  if (Array.isArray(value)) return value.map((it) => text()(it, path));
  return text('Name it as the .proto file does, or a list of them.')(value, path);
};

/** Options of `@grpc/proto-loader`; another loader has its own. */
const loaderTable = {
  keepCase: optional(anything, 'names of fields as in the .proto file'),
  alternateCommentMode: optional(anything, 'comments of another kind'),
  longs: optional(anything, 'type of 64-bit integers'),
  enums: optional(anything, 'type of enum values'),
  bytes: optional(anything, 'type of bytes'),
  defaults: optional(anything, 'whether defaults are set'),
  arrays: optional(anything, 'whether empty lists are set'),
  objects: optional(anything, 'whether empty maps are set'),
  oneofs: optional(anything, 'whether oneofs name their member'),
  json: optional(anything, 'whether NaN and Infinity are texts'),
  includeDirs: optional(anything, 'where imports are looked for'),
} satisfies OptionTable<Loader>;

const contractTable = {
  package: optional(textOrTexts, 'package of the .proto file'),
  protoPath: optional(textOrTexts, 'the .proto file'),
  protoLoader: optional(text(), 'package that reads it'),
  packageDefinition: optional(anything, 'instead of protoPath'),
  loader: optional(anything, 'how it is read'),
} satisfies OptionTable<GrpcContractOptions>;

/** @returns the table for a contract. The loader's option names are checked for the default loader only. */
export function contractTableOf(options: Partial<GrpcContractOptions> | undefined) {
  const loader = optional(block(loaderTable) as Rule<unknown>, 'how the .proto file is read');
  return options?.protoLoader === undefined ? { ...contractTable, loader } : contractTable;
}

const bytes = integer(-1, 2_147_483_647, 'Give bytes, or -1 for no limit.');
const ms = integer(0, 2_147_483_647);
const keepaliveTable = {
  keepaliveTimeMs: optional(ms, 'time between two pings'),
  keepaliveTimeoutMs: optional(ms, 'longest wait for the answer'),
  keepalivePermitWithoutCalls: optional(integer(0, 1), 'whether to ping without calls'),
  http2MaxPingsWithoutData: optional(ms, 'without effect in grpc-js'),
  http2MinTimeBetweenPingsMs: optional(ms, 'without effect in grpc-js'),
  http2MinPingIntervalWithoutDataMs: optional(ms, 'without effect in grpc-js'),
  http2MaxPingStrikes: optional(ms, 'without effect in grpc-js'),
} satisfies OptionTable<Keepalive>;

export const limitsTable = {
  maxSendMessageLength: optional(bytes, 'largest message that is sent, in bytes'),
  maxReceiveMessageLength: optional(bytes, 'largest message that is received, in bytes'),
  maxMetadataSize: optional(bytes, 'without effect in grpc-js'),
  keepalive: optional(block(keepaliveTable), 'pings'),
  channelOptions: optional(
    anObject<ChannelOptions>('an object of options of grpc-js', []),
    'further options of grpc-js',
  ),
} satisfies OptionTable<GrpcLimitOptions>;

const GRPC_NAMES = {
  maxSendMessageLength: 'grpc.max_send_message_length',
  maxReceiveMessageLength: 'grpc.max_receive_message_length',
  maxMetadataSize: 'grpc.max_metadata_size',
} as const;
const KEEPALIVE_NAMES: Readonly<Record<keyof Keepalive, string>> = {
  keepaliveTimeMs: 'grpc.keepalive_time_ms',
  keepaliveTimeoutMs: 'grpc.keepalive_timeout_ms',
  keepalivePermitWithoutCalls: 'grpc.keepalive_permit_without_calls',
  http2MaxPingsWithoutData: 'grpc.http2.max_pings_without_data',
  http2MinTimeBetweenPingsMs: 'grpc.http2.min_time_between_pings_ms',
  http2MinPingIntervalWithoutDataMs: 'grpc.http2.min_ping_interval_without_data_ms',
  http2MaxPingStrikes: 'grpc.http2.max_ping_strikes',
};

/**
 * Nest's fields as options of grpc-js. They override `channelOptions`, as in Nest's own client. @returns undefined if there
 * are none
 */
export function grpcChannelOptions(options: GrpcLimitOptions): ChannelOptions | undefined {
  const set: Record<string, unknown> = { ...options.channelOptions };
  for (const [field, name] of Object.entries(GRPC_NAMES)) {
    set[name] = options[field as keyof typeof GRPC_NAMES] ?? set[name];
  }
  for (const [field, name] of Object.entries(KEEPALIVE_NAMES)) {
    set[name] = options.keepalive?.[field as keyof Keepalive] ?? set[name];
  }
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** What a .proto file declares, by full name. */
export type ContractDefinitions = Readonly<Record<string, object>>;

/**
 * Reads a contract.
 * @param subject Name of its owner, for messages.
 * @throws ClientContractError if it can't be read, or lacks a named package
 */
export function loadContract(subject: string, options: GrpcContractOptions): ContractDefinitions {
  const definitions = read(subject, options);
  const names = Object.keys(definitions);
  const unknown = packagesOf(options).find((it) => !names.some((name) => isWithin(name, it)));
  if (unknown === undefined) return definitions;
  const known = new Set(names.map((name) => name.slice(0, Math.max(0, name.lastIndexOf('.')))));
  throw contractErrors.unknownPackage(subject, unknown, [...known]);
}

export function packagesOf({ package: packages = '' }: GrpcContractOptions): readonly string[] {
  return [packages].flat();
}

function isWithin(name: string, packageName: string): boolean {
  return packageName === '' || name.startsWith(`${packageName}.`);
}

function read(subject: string, options: GrpcContractOptions): ContractDefinitions {
  try {
    const loader = protoLoader(options.protoLoader);
    return getGrpcPackageDefinition(options, loader) as ContractDefinitions;
  } catch (cause) {
    throw contractErrors.unreadable(subject, [options.protoPath ?? []].flat(), cause);
  }
}

/**
 * The package that reads .proto files: `@grpc/proto-loader`, or the one that `protoLoader` names, as in Nest.
 * @throws Error when it is not installed
 */
export function protoLoader(name: string | undefined): unknown {
  if (name === undefined || name === '@grpc/proto-loader') return { loadSync };
  return createRequire(join(process.cwd(), 'package.json'))(name);
}

/** Nest's gRPC options as options of a grpc-js server. */
export function grpcServerOptions(
  given: GrpcOptions['options'],
  interceptors: ServerInterceptor[],
  warn: (message: string) => void,
): ServerOptions {
  const options = grpcChannelOptions(given);
  const ignored = ignoredChannelOptions(options ?? {});
  if (ignored.length > 0) {
    warn(`grpc-js ignores of the options of discoverable(): ${ignored.join(', ')}`);
  }
  return { ...options, interceptors };
}
