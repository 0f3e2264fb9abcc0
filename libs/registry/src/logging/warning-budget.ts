import type { RegistryLogger } from '../registry.js';
import type { Clock } from '../timing/clock.js';
import { LimitedWarnings } from './limited-warnings.js';

/** Warnings of all services together that are logged in full within ten minutes. */
const MOST = 100;

/** A logger for many services, each with a budget of warnings: whoever names the services does not decide how many there are. */
export class WarningBudget implements RegistryLogger {
  private readonly warnings: LimitedWarnings;

  /** @param subject As that of `LimitedWarnings`. */
  constructor(
    private readonly logger: RegistryLogger,
    clock: Clock,
    subject: string,
  ) {
    this.warnings = new LimitedWarnings(logger, clock, subject, MOST);
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
