import { assertInstanceId } from '../instance/assert-instance.js';
import { LimitedWarnings } from '../logging/limited-warnings.js';
import { assertServiceName } from '../instance/service-name.js';
import { encodeOverride } from '../overrides/override-codec.js';
import { overrideKey, overridesPrefix } from '../overrides/override-key.js';
import type { InstanceOverride, Override, Overrides } from '../overrides.js';
import { toRegistryError } from './etcd-failure.js';
import { OverrideView } from './override-view.js';
import { listRange, prefixRange } from './range-list.js';
import type { RangeWatchOptions } from './range-watch.js';

/** The port of overrides on etcd: one key per instance, without a lease, so that they outlive it. */
export class EtcdOverrides implements Overrides {
  constructor(private readonly options: RangeWatchOptions) {}

  async set(service: string, instanceId: string, override: Override): Promise<void> {
    const key = this.key(service, instanceId);
    const value = encodeOverride(override);
    const { session } = this.options;
    await this.answered(key, () =>
      session.call((connection, timeoutMs) =>
        connection.txn(
          {
            when: [{ target: 'value', key, is: value }],
            then: [],
            otherwise: [{ kind: 'put', key, value }],
          },
          timeoutMs,
        ),
      ),
    );
  }

  async remove(service: string, instanceId: string): Promise<void> {
    const key = this.key(service, instanceId);
    const { session } = this.options;
    await this.answered(key, () =>
      session.call((connection, timeoutMs) =>
        connection.txn({ when: [], then: [{ kind: 'delete', key }] }, timeoutMs),
      ),
    );
  }

  async list(service: string): Promise<readonly InstanceOverride[]> {
    assertServiceName(service);
    const { namespace, limits, logger, clock } = this.options;
    const prefix = overridesPrefix(namespace, service);
    const { revision, kvs } = await this.answered(prefix, () =>
      listRange(this.options, prefixRange(prefix)),
    );
    const all = `overrides under ${prefix} that can't be read`;
    const warnings = new LimitedWarnings(logger, clock, all);
    const view = new OverrideView(prefix, limits.instancesPerService, (key, error) =>
      warnings.warn(key, error),
    );
    view.replace(revision, kvs);
    // etcd lists keys in order.
    return [...view.weights].map(([id, weight]) => ({ service, id, weight }));
  }

  private key(service: string, id: string): string {
    assertServiceName(service);
    assertInstanceId(id);
    return overrideKey(this.options.namespace, service, id);
  }

  private async answered<T>(subject: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw toRegistryError(error, this.options.session.hosts, subject, 'Try it again later');
    }
  }
}
