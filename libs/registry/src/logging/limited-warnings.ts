import { reason } from '../errors/registry-errors.js';
import type { RegistryLogger } from '../registry.js';
import type { Clock } from '../timing/clock.js';

/** Number of warnings of one kind that are logged in full within {@link WINDOW_MS}; more are only counted. */
const MOST = 10;
const WINDOW_MS = 10 * 60_000;
/** Minimum time between two warnings of one key, in milliseconds. */
const KEY_MS = 60_000;

/** Limits warnings of one kind, such as broken entries of a service, so that writers of the registry can't flood the log. */
export class LimitedWarnings {
  private readonly lastOf = new Map<string, number>();
  private windowEndsAt = -Infinity;
  private logged = 0;

  /**
   * @param subject Subject of the warnings and where to find them all, for the line that ends them.
   * @param most Number of warnings logged in full within ten minutes.
   */
  constructor(
    private readonly logger: RegistryLogger,
    private readonly clock: Clock,
    private readonly subject: string,
    private readonly most = MOST,
  ) {}

  /** @param key Subject of the warning: each key is logged at most once a minute. */
  warn(key: string, error: unknown): void {
    const now = this.clock.now();
    if (now >= this.windowEndsAt) {
      this.windowEndsAt = now + WINDOW_MS;
      this.logged = 0;
      this.lastOf.clear();
    }
    if (this.logged > this.most || now - (this.lastOf.get(key) ?? -Infinity) < KEY_MS) return;
    this.lastOf.set(key, now);
    this.logged++;
    if (this.logged <= this.most) this.logger.warn(reason(error));
    else this.logger.warn(`There are more ${this.subject}; they are not logged for some minutes.`);
  }
}

/** Number of warnings of all services together that are logged in full within ten minutes. */
const MOST_OF_ALL = 100;

/** A logger that limits the warnings of many services together, so that the number of services can't flood the log. */
export class WarningBudget implements RegistryLogger {
  private readonly warnings: LimitedWarnings;

  /** @param subject As that of `LimitedWarnings`. */
  constructor(
    private readonly logger: RegistryLogger,
    clock: Clock,
    subject: string,
  ) {
    this.warnings = new LimitedWarnings(logger, clock, subject, MOST_OF_ALL);
  }

  info(message: string): void {
    this.logger.info(message);
  }

  warn(message: string): void {
    this.warnings.warn(message, new Error(message));
  }

  error(message: string): void {
    this.logger.error(message);
  }
}
