import type { ServiceInstance } from '@grpc-discovery/registry';
import { wrapperConfig, type PolicyType } from './policy-config.js';
import {
  WrappedPolicy,
  type EndpointPolicy,
  type StateOf,
  type PolicyConfig,
  type SelectionTrace,
} from './policy.js';

export interface FilterInstancesOptions {
  /** The exact version that an instance must have. @default any */
  readonly version?: string;
  /** Metadata that an instance must have, with these values. @default any */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * What happens if no listed instance matches: calls go to `all`, or `fail` with UNAVAILABLE.
   * @default 'fail'
   */
  readonly whenNoneMatches?: 'all' | 'fail';
}

/** Calls go only to instances with a version or certain metadata. The client does not even connect to others. */
export function filterInstances(
  policy: PolicyConfig,
  options: FilterInstancesOptions,
): PolicyConfig {
  return wrapperConfig(filterInstancesPolicy, policy, options);
}

export const filterInstancesPolicy: PolicyType = {
  name: 'filter_instances',
  parse(settings) {
    const version = settings.string('version', 'Leave it out for any version.');
    const metadata = settings.strings(
      'metadata',
      "Use labels and values, such as { track: 'canary' }.",
    );
    const isOpen = settings.oneOf('whenNoneMatches', ['all', 'fail']) === 'all';
    if (version === undefined && Object.keys(metadata ?? {}).length === 0) {
      throw settings.invalid(
        'version or metadata',
        'given',
        undefined,
        'Set the version or the metadata of instances that match.',
      );
    }
    const child = settings.child();
    return (context) => new FilterInstances(child(context), version, metadata ?? {}, isOpen);
  },
};

class FilterInstances extends WrappedPolicy {
  private hasRefused = false;

  constructor(
    child: EndpointPolicy,
    private readonly version: string | undefined,
    private readonly metadata: Readonly<Record<string, string>>,
    private readonly isOpen: boolean,
  ) {
    super(child);
  }

  override select(
    listed: readonly ServiceInstance[],
    stateOf: StateOf,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[] {
    const matching = listed.filter((instance) => this.matches(instance));
    this.hasRefused = matching.length === 0 && !this.isOpen;
    const isAll = matching.length === listed.length || (matching.length === 0 && this.isOpen);
    if (!isAll) trace?.('not-matching', listed, matching);
    return this.child.select(isAll ? listed : matching, stateOf, trace);
  }

  override refusal(): string | undefined {
    if (!this.hasRefused) return super.refusal();
    const rules = Object.entries(this.metadata).map(([key, value]) => `metadata ${key}=${value}`);
    if (this.version !== undefined) rules.unshift(`version ${this.version}`);
    return `has ${rules.join(' and ')}`;
  }

  private matches({ version, metadata }: ServiceInstance): boolean {
    return (
      (this.version === undefined || this.version === version) &&
      Object.entries(this.metadata).every(([key, value]) => metadata[key] === value)
    );
  }
}
