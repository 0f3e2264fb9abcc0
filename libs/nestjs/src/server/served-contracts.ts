import { counted, nearest } from '@grpc-discovery/registry/options';
import { Injectable, Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { GrpcMethodStreamingType, ServerGrpc } from '@nestjs/microservices';
import { shownName } from '../value-kind.js';

/** Takes what one server handles, when it has loaded its contract; patterns are those of all handlers that Nest has given it. */
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

  /** Those that speak gRPC, the registered ones among them. */
  get grpcServers(): number {
    return this.all.filter((target) => target instanceof ServerGrpc).length;
  }
}

/** What the gRPC servers of an application handle, individually and together: Nest does not report an rpc without a handler. */
@Injectable()
export class ServedContracts {
  private readonly logger = new Logger('Discovery');
  /** By server; undefined until it is known. */
  private readonly contracts: (readonly HandledService[] | undefined)[] = [];

  constructor(private readonly targets: RpcTargets) {}

  /** Announces a server, as an rpc that it lacks may be another one's. */
  expect(): ContractListener {
    const index = this.contracts.push(undefined) - 1;
    return (contract, patterns) => {
      this.contracts[index] = contract;
      this.warn(unhandledRpcs(contract));
      // The last one has the whole contract.
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

/** Services for tools, which the application need not handle. */
const OF_TOOLS = /^grpc\.(health|reflection|channelz)\./;

/** No line names more. */
const MOST_NAMED = 10;

/** One rpc of a contract, as grpc-js has it. */
export interface ContractRpc {
  readonly path: string;
  readonly requestStream: boolean;
  /** As the contract writes it, where grpc-js has another name for it. */
  readonly originalName?: string;
}

/** A service of a server's contract, and what the application handles of it. */
export interface HandledService {
  /** As Nest names it: within its package. */
  readonly name: string;
  readonly rpcs: Readonly<Record<string, ContractRpc>>;
  /** Names of the rpcs that have a handler, of either kind. */
  readonly handled: readonly string[];
}

/** What `@GrpcMethod`, `@GrpcStreamMethod` or `@GrpcStreamCall` name. */
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
 * Of the handlers that no rpc calls, by Nest's patterns of them; undefined where all are called.
 * @param contract Of all gRPC servers of the application: each is given all handlers.
 * @param isWhole Whether the contract is known of all those servers; if not, unknown services may be others'.
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

/** Within its package, and with it. */
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

/** Other transports' handlers have patterns of other shapes. */
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
