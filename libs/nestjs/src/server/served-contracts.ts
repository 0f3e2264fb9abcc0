import { counted, nearest } from '@grpc-discovery/registry/options';
import { Injectable, Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { GrpcMethodStreamingType, ServerGrpc } from '@nestjs/microservices';
import { shownName } from '../value-kind.js';

/** Receives the contract of a server once it is loaded, with the patterns of all handlers that Nest gave the server. */
export type ContractListener = (
  contract: readonly HandledService[],
  patterns: Iterable<string>,
) => void;

/** All microservices of an application. */
@Injectable()
export class RpcTargets {
  private readonly all: unknown[] = [];

  constructor(modules: ModulesContainer) {
    modules.getRpcTargetRegistry<unknown>().subscribe((target) => this.all.push(target));
  }

  get count(): number {
    return this.all.length;
  }

  /** The gRPC microservices, including registered ones. */
  get grpcServers(): number {
    return this.all.filter((target) => target instanceof ServerGrpc).length;
  }
}

/** Collects which rpcs the gRPC servers of an application handle: Nest does not report an rpc without a handler. */
@Injectable()
export class ServedContracts {
  private readonly logger = new Logger('Discovery');
  /** By server; undefined until it is known. */
  private readonly contracts: (readonly HandledService[] | undefined)[] = [];

  constructor(private readonly targets: RpcTargets) {}

  /** Announces a server: an rpc that one server lacks may belong to another. */
  expect(): ContractListener {
    const index = this.contracts.push(undefined) - 1;
    return (contract, patterns) => {
      this.contracts[index] = contract;
      this.warn(unhandledRpcs(contract));
      // The last server to report completes the contract.
      if (this.contracts.includes(undefined)) return;
      const whole = this.contracts.flatMap((each) => each ?? []);
      const isWhole = this.targets.grpcServers <= this.contracts.length;
      this.warn(uncalledHandlers(patterns, whole, isWhole));
    };
  }

  private warn(message: string | undefined): void {
    if (message !== undefined) this.logger.warn(message);
  }
}

/** Services for tools, which need no handler in the application. */
const OF_TOOLS = /^grpc\.(health|reflection|channelz)\./;

/** The most names in one log line. */
const MOST_NAMED = 10;

/** An rpc of a contract in grpc-js's form. */
export interface ContractRpc {
  readonly path: string;
  readonly requestStream: boolean;
  /** The name in the contract, if grpc-js renamed it. */
  readonly originalName?: string;
}

/** A service of a server's contract, and the rpcs that the application handles. */
export interface HandledService {
  /** The name without the package, as Nest uses it. */
  readonly name: string;
  readonly rpcs: Readonly<Record<string, ContractRpc>>;
  /** Names of the rpcs that have a unary or a stream handler. */
  readonly handled: readonly string[];
}

/** The service and rpc that `@GrpcMethod`, `@GrpcStreamMethod` or `@GrpcStreamCall` names. */
interface GrpcHandler {
  readonly service: string;
  readonly rpc: string;
  readonly streaming: GrpcMethodStreamingType;
}

/** Names the rpcs without a handler, which answer UNIMPLEMENTED; undefined if all have one. */
function unhandledRpcs(contract: readonly HandledService[]): string | undefined {
  const missing = contract.flatMap(({ name, rpcs, handled }) =>
    Object.entries(rpcs)
      .map(([rpc, { path, ...rest }]) => ({ name, rpc, path: path.slice(1), ...rest }))
      .filter(({ path }) => !OF_TOOLS.test(path))
      .filter(
        ({ rpc, originalName }) =>
          ![rpc, originalName].some((it) => it !== undefined && handled.includes(it)),
      ),
  );
  const [first] = missing;
  if (!first) return undefined;
  const decorator = first.requestStream ? 'GrpcStreamMethod' : 'GrpcMethod';
  return (
    `${counted(missing.length, 'rpc')} of the contract should have a handler, and a call of one without gets UNIMPLEMENTED: ` +
    `${named(missing.map(({ path }) => path))}. Handle them as by @${decorator}('${first.name}', '${first.rpc}') in a ` +
    'controller of a module that is imported.'
  );
}

/**
 * Describes handlers without an rpc, by their patterns in Nest; undefined if every handler has one.
 * @param contract The contract of all gRPC servers of the application: Nest gives each server all handlers.
 * @param isWhole Whether all servers have reported. If not, an unknown service may belong to another server.
 */
function uncalledHandlers(
  patterns: Iterable<string>,
  contract: readonly HandledService[],
  isWhole: boolean,
): string | undefined {
  const uncalled = [...patterns].flatMap((pattern) => {
    const handler = grpcHandler(pattern);
    return (handler && whyUncalled(handler, contract, isWhole)) ?? [];
  });
  if (uncalled.length === 0) return undefined;
  return `${counted(uncalled.length, 'handler')} should name an rpc of the contract, and nothing calls one that does not: ${named(uncalled)}.`;
}

function whyUncalled(
  { service, rpc, streaming }: GrpcHandler,
  contract: readonly HandledService[],
  isWhole: boolean,
): string | undefined {
  const subject = `${shownName(service)}.${shownName(rpc)}`;
  const services = contract.filter((each) => namesOf(each).includes(service));
  if (services.length === 0) {
    return isWhole ? withNearest(subject, service, contract.flatMap(namesOf)) : undefined;
  }
  const rpcs = services.flatMap((each) => Object.entries(each.rpcs));
  const [, called] = rpcs.find(([name, it]) => name === rpc || it.originalName === rpc) ?? [];
  if (!called)
    return withNearest(
      subject,
      rpc,
      rpcs.map(([name]) => name),
    );
  const isOfStreams = streaming !== GrpcMethodStreamingType.NO_STREAMING;
  if (isOfStreams === called.requestStream) return undefined;
  return called.requestStream
    ? `${subject} (its requests are a stream: use @GrpcStreamMethod or @GrpcStreamCall)`
    : `${subject} (its request is one message: use @GrpcMethod)`;
}

/** Without and with its package. */
function namesOf({ name, rpcs }: HandledService): string[] {
  const [any] = Object.values(rpcs);
  return any ? [name, any.path.split('/')[1] ?? name] : [name];
}

function withNearest(subject: string, name: string, known: Iterable<string>): string {
  const all = new Set(known);
  const meant = nearest(name, [...all]);
  if (meant !== undefined) return `${subject} (did you mean "${meant}"?)`;
  const names = [...all].slice(0, MOST_NAMED).join(', ');
  return `${subject} (there are ${names || 'none'})`;
}

/** Handlers of other transports have other patterns. */
function grpcHandler(pattern: string): GrpcHandler | undefined {
  try {
    const { service, rpc, streaming } = JSON.parse(pattern) as Record<string, unknown>;
    const isOfGrpc = [service, rpc, streaming].every((it) => typeof it === 'string');
    return isOfGrpc ? ({ service, rpc, streaming } as GrpcHandler) : undefined;
  } catch {
    return undefined;
  }
}

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return [...names.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
