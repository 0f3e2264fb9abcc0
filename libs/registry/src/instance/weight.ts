import { InvalidOptionError } from '../errors/invalid-option-error.js';
import { show } from '../errors/show.js';

/** Weight of an instance that doesn't tell its own. */
export const DEFAULT_WEIGHT = 100;

/** Largest weight of an instance. */
export const MAX_WEIGHT = 65_535;

/**
 * Checks a weight: an integer from 0 to {@link MAX_WEIGHT}.
 * @throws InvalidOptionError
 */
export function assertWeight(weight: unknown): asserts weight is number {
  if (Number.isInteger(weight) && Number(weight) >= 0 && Number(weight) <= MAX_WEIGHT) return;
  throw new InvalidOptionError(
    'weight',
    `an integer from 0 to ${MAX_WEIGHT}`,
    show(weight),
    'Use 100 for a usual share of the calls, 0 for none.',
  );
}
