import { epochKey } from '../../instance/keys.js';
import { toEtcdFailure } from '../client/etcd-failure.js';
import type { EtcdSession } from '../session/etcd-session.js';

/**
 * The key whose value distinguishes a store from one that replaced it. Registrars write it when it is missing. Readers never do, so
 * that a misspelt namespace leaves nothing behind.
 */
export class StoreEpoch {
  private readonly key: string;
  /** The lease with which it was last found or written. */
  private ensuredFor: string | undefined;

  /** @param createId Makes an id that no other store has. */
  constructor(
    private readonly session: EtcdSession,
    namespace: string,
    private readonly createId: () => string,
  ) {
    this.key = epochKey(namespace);
  }

  /**
   * Writes it where it is missing, once for each lease: a store that replaced another one has granted none of its leases. A user
   * who may not read or write it goes without, as does one whose store is full.
   * @param lease The one that is held, if any.
   * @throws EtcdFailure
   */
  async ensure(lease: string | undefined): Promise<void> {
    if (lease === undefined || lease === this.ensuredFor) return;
    try {
      if (!(await this.isThere())) await this.put();
    } catch (error) {
      const { kind } = toEtcdFailure(error);
      if (kind !== 'refused' && kind !== 'full') throw error;
    }
    this.ensuredFor = lease;
  }

  private async isThere(): Promise<boolean> {
    const { key } = this;
    const { kvs } = await this.session.call((connection, timeoutMs) =>
      connection.range({ key }, timeoutMs),
    );
    return kvs.length > 0;
  }

  /** Unless another one was quicker. */
  private async put(): Promise<void> {
    const { key } = this;
    await this.session.call((connection, timeoutMs) =>
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
