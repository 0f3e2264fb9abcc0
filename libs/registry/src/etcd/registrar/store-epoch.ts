import { toEtcdFailure } from '../client/etcd-failure.js';
import type { EtcdContext } from '../watch/etcd-context.js';

/**
 * The key whose value distinguishes an etcd store from one that replaced it. Registrars write it if it is missing. Readers never do,
 * so that a misspelt namespace leaves nothing behind.
 */
export class StoreEpoch {
  /** The lease with which it was last found or written. */
  private ensuredFor: string | undefined;

  /** @param createId Creates an id that no other etcd store has. */
  constructor(
    private readonly context: Pick<EtcdContext, 'session' | 'epochKey'>,
    private readonly createId: () => string,
  ) {}

  /**
   * Writes the key if it is missing, once per lease: a new etcd store has granted none of the old one's leases. Does without it
   * if the user may not read or write it, or the store is full.
   * @param lease The current lease, if any.
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
    const { session, epochKey: key } = this.context;
    const { kvs } = await session.call((connection, timeoutMs) =>
      connection.range({ key }, timeoutMs),
    );
    return kvs.length > 0;
  }

  /** Does nothing if another registrar was faster. */
  private async put(): Promise<void> {
    const { session, epochKey: key } = this.context;
    await session.call((connection, timeoutMs) =>
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
