import { Inject, Injectable, Logger } from '@nestjs/common';
import type { NormalizedDiscoveryOptions } from '../discovery.options.js';
import { DISCOVERY_OPTIONS } from '../discovery.tokens.js';
import { EXPECTED_RESULT, verdictOf } from './readiness-result.js';
import { functionName, thrownKind } from '../value-kind.js';
import { LocalInstances } from '../server/local-instances.js';
import { notMade } from '../server/rotation.js';
import type { NormalizedReadinessOptions, ReadinessCheck } from './readiness.options.js';

/** The most failing checks that one log line names. */
const MOST_REASONS = 10;

/** Runs the application's checks from its start to its drain, and takes its instances out of rotation while they fail. */
@Injectable()
export class ReadinessChecks {
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

  /** Starts the first run. Stops with the first drain. */
  start(): void {
    if (!this.options) return;
    this.instances.drainSignal.addEventListener('abort', () => this.stop(), { once: true });
    this.begin(this.options);
  }

  /** Safe to call twice. */
  stop(): void {
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
    // The rejection handler is for a logger that throws.
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
      this.logger.log('Readiness checks pass again: the instances return to rotation');
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

/** The runs of one check, one at a time, each within its bound. */
export class ReadinessCheckRuns {
  /** Its name in messages: `checks[0] (database)`. */
  private readonly name: string;
  /** True until the current run has ended, even if it is late. */
  private isRunning = false;
  private hasWarned = false;

  constructor(
    private readonly check: ReadinessCheck,
    index: number,
    private readonly warn: (message: string) => void,
  ) {
    const name = functionName(check);
    this.name = name === undefined ? `checks[${index}]` : `checks[${index}] (${name})`;
  }

  /** Resolves to the reason of a failure, or to undefined if the check passes; within the timeout, whatever the check does. */
  async run(timeoutMs: number): Promise<string | undefined> {
    if (this.isRunning) return `${this.name} has still not ended`;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      const reason = `${this.name} took over ${timeoutMs} ms`;
      timer = setTimeout(() => resolve(reason), timeoutMs).unref();
    });
    return Promise.race([this.failure(), late]).finally(() => clearTimeout(timer));
  }

  private async failure(): Promise<string | undefined> {
    const { check } = this;
    this.isRunning = true;
    try {
      return this.judge(await check());
    } catch (error) {
      return `${this.name} threw ${thrownKind(error)}`;
    } finally {
      this.isRunning = false;
    }
  }

  private judge(result: unknown): string | undefined {
    const verdict = verdictOf(result);
    if (verdict.kind === 'passed') return undefined;
    if (verdict.kind === 'failed') return `${this.name} said no`;
    if (!this.hasWarned) {
      this.hasWarned = true;
      const counts = verdict.passes
        ? 'which counts as passed, as it has not thrown'
        : 'which counts as a failure, as its "ok" is false';
      this.warn(
        `readiness.${this.name} must give ${EXPECTED_RESULT}, but has given ${verdict.given}, ${counts}. ` +
          'Return whether it passes, such as "response.ok"; throw where it does not.',
      );
    }
    return verdict.passes ? undefined : `${this.name} gave ${verdict.given}`;
  }
}

/** Whether the instances are in rotation, and how many consecutive runs contradict that. */
export type ReadinessState =
  | { readonly kind: 'ready'; readonly failures: number }
  | { readonly kind: 'unready'; readonly successes: number };

/** Hysteresis: a single deviating run changes nothing. */
export function nextReadiness(
  state: ReadinessState,
  passed: boolean,
  bounds: { readonly failures: number; readonly successes: number },
): ReadinessState {
  if (state.kind === 'ready') {
    const failures = passed ? 0 : state.failures + 1;
    if (failures < bounds.failures) return { kind: 'ready', failures };
    return { kind: 'unready', successes: 0 };
  }
  const successes = passed ? state.successes + 1 : 0;
  if (successes < bounds.successes) return { kind: 'unready', successes };
  return { kind: 'ready', failures: 0 };
}
