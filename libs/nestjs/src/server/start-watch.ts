import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NormalizedDiscoveryOptions } from '../discovery.options.js';
import { DISCOVERY_OPTIONS } from '../discovery.tokens.js';
import { LocalInstances } from './local-instances.js';
import { RpcTargets } from './served-contracts.js';

const LOOK_EVERY_MS = 2_000;
/** The last check, in milliseconds after the start. */
const LAST_LOOK_MS = 60_000;

/**
 * Checks for a minute after the application's start that its servers are registered and can drain, and warns once if not. Nest
 * has no hook for this: all of its hooks run before the servers listen.
 */
@Injectable()
export class StartWatch {
  private readonly logger = new Logger('Discovery');
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;

  constructor(
    @Inject(DISCOVERY_OPTIONS) private readonly options: NormalizedDiscoveryOptions,
    private readonly instances: LocalInstances,
    private readonly targets: RpcTargets,
    private readonly http: HttpAdapterHost,
  ) {}

  start(): void {
    this.startedAt = performance.now();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const elapsedMs = performance.now() - this.startedAt;
    const verdict = this.verdict(elapsedMs);
    if (verdict.kind === 'open' && elapsedMs < LAST_LOOK_MS) return;
    clearInterval(this.timer);
    if (verdict.kind === 'warning') this.logger.warn(verdict.message);
  }

  private verdict(elapsedMs: number): StartVerdict {
    const { count, grpcServers } = this.targets;
    return startVerdict({
      service: this.options.service?.name,
      servers: this.instances.serverCount,
      serving: this.instances.registrations.length,
      listens: this.http.listening || count > 0,
      grpcServers,
      handlesSigterm: process.listenerCount('SIGTERM') > 0,
      elapsedMs,
    });
  }
}

/** State of an application after its start. */
export interface StartFacts {
  /** `service.name` of the module. */
  readonly service: string | undefined;
  /** Servers that `discoverable()` created. */
  readonly servers: number;
  /** How many of them serve. */
  readonly serving: number;
  /** Whether the application serves any requests. If not, it may be a script or a client. */
  readonly listens: boolean;
  /** gRPC servers, including those that `discoverable()` created. */
  readonly grpcServers: number;
  /** Whether the process has a handler for SIGTERM. */
  readonly handlesSigterm: boolean;
  readonly elapsedMs: number;
}

export type StartVerdict =
  /** The start is still in progress. */
  | { readonly kind: 'open' }
  | { readonly kind: 'well' }
  | { readonly kind: 'warning'; readonly message: string };

/** A hybrid application may take this long, in milliseconds, from its start to `startAllMicroservices()`. */
const SLOW_START_MS = 30_000;

/** Evaluates a start after 2 s: until then, the application may still be starting. */
export function startVerdict(facts: StartFacts): StartVerdict {
  const { service, servers, serving, listens, elapsedMs } = facts;
  if (serving > 0) return facts.handlesSigterm ? { kind: 'well' } : warning(NO_HOOKS);
  if (!listens || service === undefined) return { kind: 'open' };
  if (servers === 0) return warning(noneMade(service, facts.grpcServers));
  return elapsedMs < SLOW_START_MS ? { kind: 'open' } : warning(noneStarted(service));
}

const NO_HOOKS =
  'This process should drain on SIGTERM, and nothing in it handles that signal: it would end with calls in flight, and ' +
  'stay listed until its lease ends. Call app.enableShutdownHooks() before app.listen().';

function noneMade(service: string, grpcServers: number): string {
  const instead = grpcServers > 0 ? 'the gRPC server was made without it' : 'there is none';
  return (
    `Service "${service}" should be registered by a gRPC server that discoverable() makes, and ${instead}: clients find no ` +
    'instance here. Use NestFactory.createMicroservice(AppModule, discoverable({ package, protoPath, url })), or ' +
    'app.connectMicroservice(discoverable({ package, protoPath, url })) and app.startAllMicroservices(); leave "service" out ' +
    'of DiscoveryModule in an application of clients only.'
  );
}

function noneStarted(service: string): string {
  return (
    `Service "${service}" should be registered by now, and its gRPC server does not listen: clients find no instance here. ` +
    'Call app.startAllMicroservices() where the application starts.'
  );
}

function warning(message: string): StartVerdict {
  return { kind: 'warning', message };
}
