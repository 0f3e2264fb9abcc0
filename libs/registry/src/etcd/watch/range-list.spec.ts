import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../spec/fake-clock.js';
import { FakeConnection } from '../../spec/fake-etcd.js';
import { RecordedLogger } from '../../spec/recorded-logger.js';
import type { KeyValue, RangeRequest, RangeResponse } from '../client/etcd-connection.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { EtcdSession } from '../session/etcd-session.js';
import { listRange, prefixRange } from './range-list.js';

const COUNT = 6_000;
const ALL = '/discovery/instances/orders/';
const stored: KeyValue[] = Array.from({ length: COUNT }, (_, i) => ({
  key: `${ALL}i${String(i).padStart(5, '0')}`,
  value: Buffer.from('{}'),
  modRevision: 5n,
  leased: true,
}));

describe('The list of a range', () => {
  let now: number;
  let prefix: string;
  let asked: RangeRequest[];
  let pageMs: (size: number) => number;
  let mostAtOnce: number;
  let stream: FakeConnection['answerRangeStream'] | undefined;

  beforeEach(() => {
    now = 0;
    prefix = ALL;
    asked = [];
    pageMs = () => 0;
    mostAtOnce = Infinity;
    stream = undefined;
  });

  function answer(request: RangeRequest): RangeResponse {
    asked.push(request);
    const { key, limit = Infinity } = request;
    now += pageMs(limit);
    if (limit > mostAtOnce) throw new EtcdFailure('too-large', 'Received message larger than max');
    const rest = stored.filter((each) => each.key >= key && each.key.startsWith(prefix));
    return { revision: 10n, kvs: rest.slice(0, limit), more: rest.length > limit };
  }

  async function list() {
    const connection = new FakeConnection('a');
    const epoch = { key: 'epoch', value: Buffer.from('e1'), modRevision: 1n, leased: false };
    connection.answerRange = answer;
    if (stream) connection.answerRangeStream = stream;
    connection.answerTxn = ({ then }) => ({
      revision: 10n,
      succeeded: true,
      ranges: then.map((operation, i) => {
        if (i === 0 || operation.kind !== 'range')
          return { revision: 10n, kvs: [epoch], more: false };
        return answer(operation.range);
      }),
    });
    const session = new EtcdSession({
      hosts: ['a'],
      probeKey: 'epoch',
      connect: () => connection,
      clock: new FakeClock(),
      random: () => 0,
      logger: new RecordedLogger(),
    });
    const clock = {
      now: () => now,
      date: () => new Date(now),
      after: () => ({ cancel: () => undefined }),
    };
    const context = { session, clock, epochKey: '/discovery/epoch' };
    return await listRange(context, prefixRange(prefix));
  }
  const sizes = () => asked.map(({ limit }) => limit);

  it('is read in pages that grow while they come quickly, all as of the first one', async () => {
    const { kvs, revision, epoch } = await list();
    expect(kvs).toEqual(stored);
    expect({ revision, epoch }).toEqual({ revision: 10n, epoch: 'e1' });
    expect(sizes()).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000]);
    expect(new Set(asked.slice(1).map(({ revision }) => revision))).toEqual(new Set([10n]));
  });

  it('is read in pages that grow no further once they take their time', async () => {
    pageMs = (size) => size / 2;
    expect((await list()).kvs).toEqual(stored);
    expect(sizes().slice(0, 5)).toEqual([250, 500, 1_000, 1_000, 1_000]);
  });

  it('is read in pages that never grow again to what was too large', async () => {
    mostAtOnce = 400;
    expect((await list()).kvs).toEqual(stored);
    expect(sizes().slice(0, 4)).toEqual([250, 500, 50, 50]);
  });

  it('is streamed behind its first page, as of the revision of that, where etcd can', async () => {
    let streamed: RangeRequest | undefined;
    stream = (request) => {
      streamed = request;
      return stored.filter(({ key }) => key >= request.key);
    };
    const { kvs, revision, epoch } = await list();
    expect(kvs).toEqual(stored);
    expect({ revision, epoch }).toEqual({ revision: 10n, epoch: 'e1' });
    expect(sizes()).toEqual([250]);
    expect(streamed?.revision).toBe(10n);
  });

  it('is not streamed where its first page is all', async () => {
    stream = () => {
      throw new Error('should not be asked');
    };
    prefix = `${ALL}i0000`;
    expect((await list()).kvs).toHaveLength(10);
  });

  it.each(['unsupported', 'slow', 'too-large'] as const)(
    'is read in pages after a stream that is %s',
    async (kind) => {
      stream = () => {
        throw new EtcdFailure(kind, kind);
      };
      expect((await list()).kvs).toEqual(stored);
      expect(sizes().slice(0, 3)).toEqual([250, 500, 1_000]);
    },
  );

  it.each(['compacted', 'refused'] as const)('fails with its stream that is %s', async (kind) => {
    stream = () => {
      throw new EtcdFailure(kind, kind);
    };
    await expect(list()).rejects.toMatchObject({ kind });
  });
});
