import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { NormalizedDiscoveryOptions } from '../discovery.options.js';
import { DISCOVERY_OPTIONS } from '../discovery.tokens.js';
import { LocalInstances } from './local-instances.js';
import type { NormalizedReadinessOptions, ReadinessCheck } from './readiness.options.js';
import { hasPassed } from './readiness-result.js';
import { nextReadiness, type ReadinessState } from './readiness-state.js';

/** Runs the application's checks from its start to its drain, and takes its instances out of rotation while they fail. */
@Injectable()
export class ReadinessChecks implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Discovery');
  private readonly options: NormalizedReadinessOptions | undefined;
  /** Those that have not ended, late ones included. */
  private readonly running = new Set<ReadinessCheck>();
  private state: ReadinessState = { kind: 'ready', failures: 0 };
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    @Inject(DISCOVERY_OPTIONS) { readiness }: NormalizedDiscoveryOptions,
    private readonly instances: LocalInstances,
  ) {
    this.options = readiness;
  }

  onApplicationBootstrap(): void {
    if (!this.options) return;
    this.instances.drainSignal.addEventListener('abort', () => this.stop(), { once: true });
    void this.run(this.options);
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  private stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async run(options: NormalizedReadinessOptions): Promise<void> {
    const failed = await this.failures(options);
    if (this.isStopped) return;
    const previous = this.state.kind;
    this.state = nextReadiness(this.state, failed.length === 0, options);
    if (this.state.kind !== previous) this.tell(options, failed);
    const jitter = 0.9 + 0.2 * Math.random();
    this.timer = setTimeout(() => void this.run(options), options.intervalMs * jitter).unref();
  }

  private tell(
    { failures, leaveBy }: NormalizedReadinessOptions,
    reasons: readonly string[],
  ): void {
    if (this.state.kind === 'ready') {
      this.logger.log('Readiness checks pass again: the instances come back into rotation');
      return this.instances.rejoin();
    }
    this.logger.warn(
      `Readiness checks have failed ${failures} times in a row, and the instances leave the rotation: ${reasons.join('; ')}`,
    );
    this.instances.leave(leaveBy);
  }

  /** Why checks fail; empty when all pass. */
  private async failures({ checks, timeoutMs }: NormalizedReadinessOptions): Promise<string[]> {
    const reasons = await Promise.all(checks.map((check) => this.failure(check, timeoutMs)));
    return reasons.filter((reason) => reason !== undefined);
  }

  private async failure(check: ReadinessCheck, timeoutMs: number): Promise<string | undefined> {
    if (this.running.has(check)) return 'a check has still not ended';
    this.running.add(check);
    const ended = Promise.resolve()
      .then(check)
      .finally(() => this.running.delete(check));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`a check took over ${timeoutMs} ms`), timeoutMs).unref();
    });
    const reason = ended.then(
      (result) => (hasPassed(result) ? undefined : 'a check said no'),
      (error: unknown) => `a check threw ${error instanceof Error ? error.name : typeof error}`,
    );
    return Promise.race([reason, late]).finally(() => clearTimeout(timer));
  }
}
