import { LimitedWarnings } from '../logging/limited-warnings.js';
import type { RegistryLogger } from '../registry.js';
import type { Clock } from '../timing/clock.js';
import type { InstanceViewReport } from './instance-view.js';

/** Logs what the view of a service tells, within a budget of the service. */
export function instanceReport(
  source: string,
  logger: RegistryLogger,
  clock: Clock,
): InstanceViewReport {
  const warnings = new LimitedWarnings(logger, clock, unreadable('entries', source));
  return {
    broken: (key, error) => warnings.warn(key, error),
    crowded: (text) => warnings.warn(source, new Error(text)),
    calm: (text) => logger.info(text),
  };
}

/** What can't be read of a range, in the words of the line that ends the warnings of it. */
export function unreadable(what: 'entries' | 'overrides', source: string): string {
  return `${what} under ${source} that can't be read ("grpc-discovery doctor" lists them)`;
}
