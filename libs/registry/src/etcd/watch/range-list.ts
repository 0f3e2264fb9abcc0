import type { Clock } from '../../timing/clock.js';
import type { KeyRange, KeyValue, RangeRequest, RangeResponse } from '../client/etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from '../client/etcd-failure.js';
import type { CallLimits, EtcdSession } from '../session/etcd-session.js';

/** A page has to arrive within the time of one try: entries of usual size do at 60 kB a second. */
const FIRST_PAGE_SIZE = 250;
/** 11,700 entries of usual size would exceed etcd's usual message limit. */
const MAX_PAGE_SIZE = 2_000;
/** A page that takes no longer, in milliseconds, is followed by one of twice its size, which is within the time of one try, too. */
const QUICK_PAGE_MS = 400;
/** Time of one try, and of all, for an entry by itself, in milliseconds: there is nothing less to ask for. */
const ONE_ENTRY_LIMITS = { tryMs: 6_000, budgetMs: 12_000, large: true };

export interface ListContext {
  readonly session: EtcdSession;
  readonly clock: Clock;
  /** The key that holds the store's id. */
  readonly epochKey: string;
}

/** What the store holds in a range, at one revision. */
export interface RangeList {
  readonly revision: bigint;
  /** Id of the store; another one means that the store was replaced. Undefined when it has none or may not be read. */
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
export async function listRange(context: ListContext, range: KeyRange): Promise<RangeList> {
  const { session, clock } = context;
  const pages = new PageSize(clock);
  const first = await pages.fit((limit, limits) => firstPage(context, { ...range, limit }, limits));
  const { revision, epoch } = first;
  const kvs = [...first.page.kvs];
  let rest = restBehind(first.page, range, revision);
  const streamed = rest && (await streamedRest(session, rest));
  if (streamed) return { revision, epoch, kvs: kvs.concat(streamed) };
  while (rest) {
    const asked = rest;
    const page = await pages.fit((limit, limits) =>
      session.call(
        (connection, timeoutMs) => connection.range({ ...asked, limit }, timeoutMs),
        limits,
      ),
    );
    kvs.push(...page.kvs);
    rest = restBehind(page, range, revision);
  }
  return { revision, epoch, kvs };
}

/** What a page has left of its range, if anything. A page of nothing that promises more would never end. */
function restBehind(
  { kvs, more }: RangeResponse,
  range: KeyRange,
  revision: bigint,
): RangeRequest | undefined {
  const last = kvs.at(-1);
  return more && last ? { ...range, key: `${last.key}\0`, revision } : undefined;
}

/**
 * What is left of a range, all at once: it costs one round trip, where pages cost one each.
 * @returns undefined where pages have to do: etcd streams no ranges before 3.7, or the stream came too slowly.
 */
async function streamedRest(
  session: EtcdSession,
  rest: RangeRequest,
): Promise<readonly KeyValue[] | undefined> {
  try {
    return await session.call((connection, timeoutMs) => connection.rangeStream(rest, timeoutMs), {
      large: true,
    });
  } catch (error) {
    const { kind } = toEtcdFailure(error);
    if (kind === 'unsupported' || kind === 'slow' || kind === 'too-large') return undefined;
    throw error;
  }
}

/**
 * How many entries are asked for at once: more while they come quickly, fewer once they took too long or were more than is
 * received at once.
 */
export class PageSize {
  private limit = FIRST_PAGE_SIZE;
  private max = MAX_PAGE_SIZE;

  constructor(private readonly clock: Clock) {}

  async fit<T>(read: (limit: number, limits: CallLimits) => Promise<T>): Promise<T> {
    for (;;) {
      const askedAt = this.clock.now();
      try {
        const page = await read(this.limit, this.limit === 1 ? ONE_ENTRY_LIMITS : { large: true });
        const isQuick = this.clock.now() - askedAt <= QUICK_PAGE_MS;
        if (isQuick) this.limit = Math.min(this.max, this.limit * 2);
        return page;
      } catch (error) {
        const { kind } = toEtcdFailure(error);
        if (this.limit === 1 || (kind !== 'too-large' && kind !== 'slow')) throw error;
        this.limit = Math.ceil(this.limit / 10);
        // What is too large is so each time; what is slow may pass.
        if (kind === 'too-large') this.max = this.limit;
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
  { session, epochKey: key }: ListContext,
  range: RangeRequest,
  limits: CallLimits,
): Promise<FirstPage> {
  const page = { kind: 'range', range } as const;
  const read = () =>
    session.call(
      (connection, timeoutMs) =>
        connection.txn({ when: [], then: [{ kind: 'range', range: { key } }, page] }, timeoutMs),
      limits,
    );
  try {
    const answer = await read();
    const [epoch, kvs] = answer.ranges;
    if (kvs === undefined) throw new EtcdFailure('unavailable', 'etcd answered no page');
    return {
      revision: answer.revision,
      epoch: epoch?.kvs[0]?.value.toString(),
      page: kvs,
    };
  } catch (error) {
    if (toEtcdFailure(error).kind !== 'refused') throw error;
    // A user who may read the range but not the epoch goes without.
    const kvs = await session.call(
      (connection, timeoutMs) => connection.range(page.range, timeoutMs),
      limits,
    );
    return { revision: kvs.revision, epoch: undefined, page: kvs };
  }
}
