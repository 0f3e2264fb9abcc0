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
import type { NormalizedReadinessOptions } from './readiness.options.js';
import { ReadinessCheckRuns } from './readiness-check-runs.js';
import { nextReadiness, type ReadinessState } from './readiness-state.js';
import { notMade } from './rotation.js';

/** No line names more of the checks that fail. */
const MOST_REASONS = 10;

/** Runs the application's checks from its start to its drain, and takes its instances out of rotation while they fail. */
@Injectable()
export class ReadinessChecks implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Discovery');
  private readonly options: NormalizedReadinessOptions | undefined;
  private readonly checks: readonly ReadinessCheckRuns[];
  private state: ReadinessState = { kind: 'ready', failures: 0 };
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    @Inject(DISCOVERY_OPTIONS) { readiness }: NormalizedDiscoveryOptions,
    private readonly instances: LocalInstances,
  ) {
    this.options = readiness;
    const warn = (message: string) => this.logger.warn(message);
    const checks = readiness?.checks ?? [];
    this.checks = checks.map((check, index) => new ReadinessCheckRuns(check, index, warn));
  }

  onApplicationBootstrap(): void {
    if (!this.options) return;
    this.instances.drainSignal.addEventListener('abort', () => this.stop(), { once: true });
    this.begin(this.options);
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  private stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** One run, and the next one after it. */
  private begin(options: NormalizedReadinessOptions): void {
    const next = () => {
      if (this.isStopped) return;
      const jitter = 0.9 + 0.2 * Math.random();
      this.timer = setTimeout(() => this.begin(options), options.intervalMs * jitter).unref();
    };
    // The second way is that of a logger that throws.
    this.run(options)
      .catch((error: unknown) => this.logger.error(notMade(error)))
      .then(next, next);
  }

  private async run(options: NormalizedReadinessOptions): Promise<void> {
    const reasons = await Promise.all(this.checks.map((check) => check.run(options.timeoutMs)));
    if (this.isStopped) return;
    const failed = reasons.filter((reason) => reason !== undefined);
    const previous = this.state.kind;
    this.state = nextReadiness(this.state, failed.length === 0, options);
    if (this.state.kind !== previous) this.change(options, failed);
  }

  private change(
    { failures, leaveBy }: NormalizedReadinessOptions,
    reasons: readonly string[],
  ): void {
    if (this.state.kind === 'ready') {
      this.logger.log('Readiness checks pass again: the instances come back into rotation');
      return this.instances.rejoin();
    }
    const more = reasons.length - MOST_REASONS;
    const named = [...reasons.slice(0, MOST_REASONS), ...(more > 0 ? [`${more} more`] : [])];
    this.logger.warn(
      `Readiness checks have failed ${failures} times in a row, and the instances leave the rotation: ${named.join('; ')}`,
    );
    this.instances.leave(leaveBy);
  }
}
