import type { Clock } from '../../timing/clock.js';
import type { KeyRange, KeyValue, RangeRequest, RangeResponse } from '../client/etcd-connection.js';
import { EtcdFailure, toEtcdFailure } from '../client/etcd-failure.js';
import type { CallLimits, EtcdSession } from '../session/etcd-session.js';
import type { EtcdContext } from './etcd-context.js';

/** A page must arrive within the time of one try: entries of usual size do at 60 kB/s. */
const FIRST_PAGE_SIZE = 250;
/** 11,700 entries of usual size would exceed etcd's usual message limit. */
const MAX_PAGE_SIZE = 2_000;
/** A page that takes at most this long, in milliseconds, is followed by one twice its size, which fits into one try, too. */
const QUICK_PAGE_MS = 400;
/** Time limits of one try and of all tries for a single entry, in milliseconds: the page can't get smaller. */
const ONE_ENTRY_LIMITS = { tryMs: 6_000, budgetMs: 12_000, large: true };

type ListContext = Pick<EtcdContext, 'session' | 'clock' | 'epochKey'>;

/** The content of a range at one revision. */
export interface RangeList {
  readonly revision: bigint;
  /** Id of etcd's store; a different id means that the store was replaced. Undefined if there is none or it may not be read. */
  readonly epoch: string | undefined;
  readonly kvs: readonly KeyValue[];
}

/** Keys that start with the prefix, which ends in a slash: up to the character after the slash. */
export function prefixRange(prefix: string): KeyRange {
  return { key: prefix, rangeEnd: `${prefix.slice(0, -1)}0` };
}

/**
 * Reads all keys of a range page by page, all pages at the first one's revision, and the epoch of the store in the same
 * transaction as the first page.
 * @throws EtcdFailure
 */
export async function listRange(context: ListContext, range: KeyRange): Promise<RangeList> {
  const { session, clock } = context;
  const size = new PageSize(clock);
  const first = await size.fit((limit, limits) => firstPage(context, { ...range, limit }, limits));
  const { revision, epoch } = first;
  const kvs = [...first.page.kvs];
  const rest = restAfter(first.page, { ...range, revision });
  if (rest === undefined) return { revision, epoch, kvs };
  const streamed = await streamedRest(session, rest);
  if (streamed) return { revision, epoch, kvs: kvs.concat(streamed) };
  for await (const page of sizedPages(session, size, rest)) kvs.push(...page.kvs);
  return { revision, epoch, kvs };
}

/** Reads a range page by page. */
export async function* pagesOf(
  range: RangeRequest,
  read: (rest: RangeRequest) => Promise<RangeResponse>,
): AsyncGenerator<RangeResponse> {
  for (let rest: RangeRequest | undefined = range; rest;) {
    const page: RangeResponse = await read(rest);
    yield page;
    rest = restAfter(page, rest);
  }
}

/**
 * Reads a range in pages that adapt to the speed of etcd.
 * @throws EtcdFailure
 */
function sizedPages(
  session: EtcdSession,
  size: PageSize,
  range: RangeRequest,
): AsyncGenerator<RangeResponse> {
  return pagesOf(range, (rest) =>
    size.fit((limit, limits) =>
      session.call(
        (connection, timeoutMs) => connection.range({ ...rest, limit }, timeoutMs),
        limits,
      ),
    ),
  );
}

/** The part of a range after a page, if any. An empty page that promises more would never end. */
function restAfter({ kvs, more }: RangeResponse, range: RangeRequest): RangeRequest | undefined {
  const last = kvs.at(-1);
  return more && last ? { ...range, key: `${last.key}\0` } : undefined;
}

/**
 * Reads the rest of a range at once: this takes one round trip, where each page takes one.
 * @returns undefined if pages are needed: etcd before 3.7 streams no ranges, or the stream was too slow.
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
 * Number of entries to request at once: grows while pages arrive quickly, shrinks after a page that took too long or exceeded the
 * message limit.
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
        // A page that is too large stays so; slowness may pass.
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
  try {
    const answer = await session.call(
      (connection, timeoutMs) =>
        connection.txn({ when: [], then: [{ kind: 'range', range: { key } }, page] }, timeoutMs),
      limits,
    );
    const [epoch, kvs] = answer.ranges;
    if (kvs === undefined) throw new EtcdFailure('unavailable', 'etcd answered without a page');
    return {
      revision: answer.revision,
      epoch: epoch?.kvs[0]?.value.toString(),
      page: kvs,
    };
  } catch (error) {
    if (toEtcdFailure(error).kind !== 'refused') throw error;
    // A user who may read the range but not the epoch gets the range alone.
    const kvs = await session.call(
      (connection, timeoutMs) => connection.range(page.range, timeoutMs),
      limits,
    );
    return { revision: kvs.revision, epoch: undefined, page: kvs };
  }
}
