import { parsePolicy } from '../policies/policies.js';
import { SettingsReader } from '../policies/settings-reader.js';

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
  const reader = new SettingsReader('health', options, parsePolicy);
  const service = reader.value('service') ?? '';
  reader.refuseUnknown();
  if (typeof service === 'string') return { service };
  throw reader.invalid('service', 'a string', service, "Use '' for the server as a whole.");
}
