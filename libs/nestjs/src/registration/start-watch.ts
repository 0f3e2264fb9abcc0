import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NormalizedDiscoveryOptions } from '../discovery.options.js';
import { DISCOVERY_OPTIONS } from '../discovery.tokens.js';
import { LocalInstances } from './local-instances.js';
import { RpcTargets } from './rpc-targets.js';
import { startVerdict, type StartVerdict } from './start-warning.js';

const LOOK_EVERY_MS = 2_000;
/** The last check, in milliseconds after the start. */
const LAST_LOOK_MS = 60_000;

/**
 * Looks, for a minute from the application's start on, whether what it is to register is registered and can drain, and warns once
 * where not. Nest has no hook for "has started": those that it has run before the servers listen.
 */
@Injectable()
export class StartWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Discovery');
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;

  constructor(
    @Inject(DISCOVERY_OPTIONS) private readonly options: NormalizedDiscoveryOptions,
    private readonly instances: LocalInstances,
    private readonly targets: RpcTargets,
    private readonly http: HttpAdapterHost,
  ) {}

  onApplicationBootstrap(): void {
    this.startedAt = performance.now();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
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
