import { durationMsForm, isDurationMs } from '@grpc-discovery/balancing';
import { InvalidClientOptionError } from '../errors.js';

/**
 * grpc-js throws at a deadline that is none inside a promise of its own, which ends the process.
 * @throws InvalidClientOptionError
 */
export function assertTimeout(subject: string, timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || isDurationMs(timeoutMs)) return;
  const remedy = 'Leave it out for calls without a deadline.';
  throw new InvalidClientOptionError(
    subject,
    'timeoutMs',
    durationMsForm(),
    String(timeoutMs),
    remedy,
  );
}
