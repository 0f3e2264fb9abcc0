import { InvalidPolicyError, show } from '../policies/invalid-policy-error.js';

export interface HealthWatchOptions {
  /**
   * Name of the service whose health is asked for, as servers know it; the empty name stands for the server as a whole.
   * @default ''
   */
  readonly service?: string;
}

/**
 * @param options `false` for none.
 * @throws InvalidPolicyError
 */
export function normalHealthWatch(
  options: HealthWatchOptions | false = {},
): Required<HealthWatchOptions> | undefined {
  if (options === false) return undefined;
  const { service = '' } = options;
  if (typeof service === 'string') return { service };
  const remedy = "Use '' for the server as a whole.";
  throw new InvalidPolicyError('health', 'service', 'a string', show(service), remedy);
}
