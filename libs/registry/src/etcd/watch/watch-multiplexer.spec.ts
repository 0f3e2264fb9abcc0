import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../spec/fake-clock.js';
import { FakeConnection, silent, unavailable, type FakeWatchStream } from '../../spec/fake-etcd.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { SharedWatchStream } from './watch-multiplexer.js';

describe('SharedWatchStream', () => {
  let clock: FakeClock;
  let connection: FakeConnection;
  let reported: EtcdFailure[];
  let shared: SharedWatchStream;
  let wire: FakeWatchStream;
  let told: string[];

  beforeEach(async () => {
    clock = new FakeClock();
    connection = new FakeConnection('a');
    reported = [];
    told = [];
    const reportFailure = (failure: EtcdFailure) => void reported.push(failure);
    const session = {
      stream: () => Promise.resolve({ connection, reportFailure }),
      patience: (_: unknown, usualMs: number) => usualMs,
    };
    shared = new SharedWatchStream(session, '/discovery/epoch', clock);
    await clock.advance(0);
    wire = connection.watches[0]!;
  });

  const add = (key: string) =>
    shared.add({
      range: { key },
      afterRevision: 11n,
      listener: {
        created: (revision) => told.push(`${key} created ${revision}`),
        events: (events) => told.push(`${key} events ${events.length}`),
        ended: ({ kind }) => told.push(`${key} ended ${kind}`),
      },
    });
  const event = { kind: 'put', key: 'k', value: Buffer.from(''), modRevision: 12n } as const;

  it('creates all watches without waiting for answers and gives each its own events', () => {
    add('/a/');
    add('/b/');
    expect(wire.creates).toEqual([
      { watchId: '1', range: { key: '/a/' }, start: 11n },
      { watchId: '2', range: { key: '/b/' }, start: 11n },
    ]);
    wire.answer({ created: true, watchId: '1' });
    wire.answer({ watchId: '1', events: [event] });
    wire.answer({ created: true, watchId: '2' });
    wire.answer({ watchId: '2', events: [event, event] });
    wire.answer({ watchId: '-1' });
    expect(told).toEqual(['/a/ created 10', '/a/ events 1', '/b/ created 10', '/b/ events 2']);
  });

  it('starts at the revision that is known and leaves out its events', () => {
    add('/a/');
    wire.answer({ created: true, watchId: '1' });
    wire.answer({ watchId: '1', events: [{ ...event, modRevision: 11n }] });
    wire.answer({ watchId: '1', events: [{ ...event, modRevision: 11n }, event] });
    expect(told).toEqual(['/a/ created 10', '/a/ events 1']);
  });

  it('ends only the compacted watch', () => {
    add('/a/');
    add('/b/');
    wire.answer({ created: true, watchId: '1' });
    wire.answer({ created: true, watchId: '2' });
    wire.answer({ watchId: '2', canceled: true, compactRevision: 20n });
    expect(told.at(-1)).toBe('/b/ ended compacted');
    wire.answer({ watchId: '1', events: [event] });
    expect(told.at(-1)).toBe('/a/ events 1');
    expect(shared.over).toBe(false);
  });

  it('gives the stream up when a watch is refused on it', () => {
    add('/a/');
    wire.answer({ created: true, watchId: '1' });
    add('/b/');
    const cancelReason = 'etcdserver: permission denied';
    wire.answer({ created: true, canceled: true, watchId: '-1', cancelReason });
    expect(told.slice(1)).toEqual(['/a/ ended unavailable', '/b/ ended unavailable']);
    expect(reported).toHaveLength(1);
  });

  it('gives the stream up when a create is not answered in 1.5 s, and nothing else either', async () => {
    connection.failure = silent();
    add('/a/');
    await clock.advance(1_499);
    expect(shared.over).toBe(false);
    await clock.advance(1);
    expect(told).toEqual(['/a/ ended silent']);
    expect(wire.over).toBe(true);
    expect(reported).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['another question is answered', undefined],
    ['another question is refused', new EtcdFailure('refused', 'permission denied')],
    ['the endpoint is slow', new EtcdFailure('slow', 'no answer within 1000 ms')],
  ])('waits on for a create while %s', async (_, failure) => {
    connection.failure = failure;
    add('/a/');
    await clock.advance(1_600);
    expect(shared.over).toBe(false);
    wire.answer({ created: true, watchId: '1' });
    expect(told).toEqual(['/a/ created 10']);
  });

  it('ends every watch when the stream ends', () => {
    add('/a/');
    add('/b/');
    wire.answer({ created: true, watchId: '1' });
    wire.end(unavailable());
    expect(told.slice(1)).toEqual(['/a/ ended unavailable', '/b/ ended unavailable']);
  });

  it('finds a silent stream dead and confirms it on the same endpoint', async () => {
    add('/a/');
    wire.answer({ created: true, watchId: '1' });
    connection.failure = unavailable();
    await clock.advance(2_000 + 1_000);
    expect(wire.progressRequests).toBe(1);
    expect(connection.calls).toEqual(['range']);
    expect(told.at(-1)).toBe('/a/ ended silent');
  });

  it('cancels a watch nobody listens to, also one whose create is on its way', () => {
    const a = add('/a/');
    const b = add('/b/');
    add('/c/');
    a.cancel();
    b.cancel();
    expect(wire.cancelled).toEqual(['1', '2']);
    for (const watchId of ['1', '2', '3']) wire.answer({ created: true, watchId });
    expect(told).toEqual(['/c/ created 10']);
  });

  it('ends with its last watch, without a timer left and without reportFailure', () => {
    const a = add('/a/');
    wire.answer({ created: true, watchId: '1' });
    a.cancel();
    a.cancel();
    expect(wire.over).toBe(true);
    expect(clock.pending).toBe(0);
    expect(told).toEqual(['/a/ created 10']);
    expect(reported).toEqual([]);
  });
});
