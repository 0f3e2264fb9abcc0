import { reason } from '../errors/registry-errors.js';
import type { RegistryLogger } from '../registry.js';
import type { Clock } from '../timing/clock.js';

/** Warnings of one kind that are logged in full within {@link WINDOW_MS}; more are counted only. */
const MOST = 10;
const WINDOW_MS = 10 * 60_000;
/** Least time between two warnings of one key, in milliseconds. */
const KEY_MS = 60_000;

/** Warnings of one kind, such as the broken entries of a service: whoever writes the registry does not decide how much is logged. */
export class LimitedWarnings {
  private readonly lastOf = new Map<string, number>();
  private windowEndsAt = -Infinity;
  private logged = 0;

  /**
   * @param subject What they are about and where to find them all, for the line that ends them.
   * @param most How many are logged in full within ten minutes.
   */
  constructor(
    private readonly logger: RegistryLogger,
    private readonly clock: Clock,
    private readonly subject: string,
    private readonly most = MOST,
  ) {}

  /** @param key What it is about: each key is warned of once a minute at most. */
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
    else
      this.logger.warn(
        `There are more ${this.subject}; no more of them are logged for some minutes.`,
      );
  }
}

/** Warnings of all services together that are logged in full within ten minutes. */
const MOST_OF_ALL = 100;

/** A logger for many services, each with a budget of warnings: whoever names the services does not decide how many there are. */
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
