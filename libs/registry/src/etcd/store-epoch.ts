import { epochKey } from '../instance/instance-key.js';
import type { EtcdSession } from './etcd-session.js';

/** The key whose value tells a store from one that replaced it. Whoever finds it missing creates it, once for all who do. */
export class StoreEpoch {
  readonly key: string;
  private creating: Promise<unknown> | undefined;

  /** @param createId Makes an id that no other store has. */
  constructor(
    private readonly session: EtcdSession,
    namespace: string,
    private readonly createId: () => string,
  ) {
    this.key = epochKey(namespace);
  }

  /**
   * Resolves when the store has an epoch.
   * @throws EtcdFailure
   */
  async create(): Promise<void> {
    this.creating ??= this.put().finally(() => (this.creating = undefined));
    await this.creating;
  }

  private put(): Promise<unknown> {
    const { key } = this;
    return this.session.call((connection, timeoutMs) =>
      connection.txn(
        {
          when: [{ target: 'createRevision', key, is: 0n }],
          then: [{ kind: 'put', key, value: Buffer.from(this.createId()) }],
        },
        timeoutMs,
      ),
    );
  }
}
