import { epochKey } from '../instance/instance-key.js';
import type { KeyRange, KeyValue, RangeRequest, RangeResponse } from './etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from './etcd-failure.js';
import type { EtcdSession } from './etcd-session.js';

/**
 * A page has to arrive within the deadline of one try: entries of usual size do at 60 kB a second. In one answer, 11,700 of
 * them would also exceed etcd's usual message limit.
 */
const PAGE_SIZE = 250;

/** What the store holds in a range, at one revision. */
export interface RangeList {
  readonly revision: bigint;
  /** Id of the store; another one means that the store was replaced. Undefined when it may not be read. */
  readonly epoch: string | undefined;
  readonly kvs: readonly KeyValue[];
}

/** Keys that start with the prefix, which ends in a slash: up to the character behind the slash. */
export function prefixRange(prefix: string): KeyRange {
  return { key: prefix, rangeEnd: `${prefix.slice(0, -1)}0` };
}

/**
 * Reads all keys of a range, page by page, all pages as of the first one's revision, and the epoch of the store in
 * the same transaction as the first page.
 * @throws EtcdFailure
 */
export async function listRange(
  session: EtcdSession,
  namespace: string,
  range: KeyRange,
  createEpoch: () => string,
): Promise<RangeList> {
  const pages = new PageSize();
  const first = await pages.fit((limit) =>
    firstPage(session, namespace, { ...range, limit }, createEpoch),
  );
  const kvs = [...first.page.kvs];
  let { more } = first.page;
  while (more) {
    // A page of nothing that promises more would never end.
    const last = kvs.at(-1);
    if (last === undefined) break;
    const rest = { ...range, key: `${last.key}\0`, revision: first.revision };
    const page = await pages.fit((limit) =>
      session.call((connection, timeoutMs) => connection.range({ ...rest, limit }, timeoutMs)),
    );
    kvs.push(...page.kvs);
    more = page.more && page.kvs.length > 0;
  }
  return { revision: first.revision, epoch: first.epoch, kvs };
}

/** How many entries are asked for at once: fewer, once that was more than is received at once. */
class PageSize {
  private limit = PAGE_SIZE;

  async fit<T>(read: (limit: number) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await read(this.limit);
      } catch (error) {
        if (this.limit === 1 || toEtcdFailure(error).kind !== 'too-large') throw error;
        this.limit = Math.ceil(this.limit / 10);
      }
    }
  }
}

interface FirstPage {
  readonly revision: bigint;
  readonly epoch: string | undefined;
  readonly page: RangeResponse;
}

async function firstPage(
  session: EtcdSession,
  namespace: string,
  range: RangeRequest,
  createEpoch: () => string,
): Promise<FirstPage> {
  const key = epochKey(namespace);
  const page = { kind: 'range', range } as const;
  const read = () =>
    session.call((connection, timeoutMs) =>
      connection.txn({ when: [], then: [{ kind: 'range', range: { key } }, page] }, timeoutMs),
    );
  try {
    let answer = await read();
    if (answer.ranges[0]?.kvs.length === 0) {
      await session.call((connection, timeoutMs) =>
        connection.txn(
          {
            when: [{ target: 'createRevision', key, is: 0n }],
            then: [{ kind: 'put', key, value: Buffer.from(createEpoch()) }],
          },
          timeoutMs,
        ),
      );
      answer = await read();
    }
    const [epoch, kvs] = answer.ranges;
    if (kvs === undefined) throw new EtcdFailure('unavailable', 'etcd answered no page');
    return {
      revision: answer.revision,
      epoch: epoch?.kvs[0]?.value.toString(),
      page: kvs,
    };
  } catch (error) {
    const { kind } = toEtcdFailure(error);
    if (kind !== 'refused' && kind !== 'full') throw error;
    // A user who may read the range but not the epoch, or not write it, goes without.
    const kvs = await session.call((connection, timeoutMs) =>
      connection.range(page.range, timeoutMs),
    );
    return { revision: kvs.revision, epoch: undefined, page: kvs };
  }
}
