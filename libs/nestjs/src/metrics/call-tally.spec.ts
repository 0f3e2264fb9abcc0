import { status } from '@grpc/grpc-js';
import { expect, it } from '@jest/globals';
import { ServiceTally } from './service-tally.js';

const SAY_HELLO = '/helloworld.Greeter/SayHello';

it('counts calls by instance and code, and those that have not ended', () => {
  const tally = new ServiceTally('greeter', { max: 10, retireAfterMs: 0 }, [1, 2]).method(
    SAY_HELLO,
  );
  tally.inFlight += 4;
  tally.end('a', status.OK, 0.5);
  tally.end('a', status.OK, 2);
  tally.end('', status.UNAVAILABLE, 3);
  expect(tally.inFlight).toBe(1);
  expect(tally.ended).toEqual([
    { instanceId: 'a', code: status.OK, count: 2 },
    { instanceId: '', code: status.UNAVAILABLE, count: 1 },
  ]);
});

it('counts durations by buckets, each bound included', () => {
  const { durations } = new ServiceTally('greeter', { max: 10, retireAfterMs: 0 }, [1, 2]).method(
    SAY_HELLO,
  );
  for (const seconds of [0.5, 1, 1.5, 2.5]) durations.observe(seconds);
  expect([...durations.counts]).toEqual([2, 1, 1]);
  expect(durations.sum).toBe(5.5);
});

it('forgets the picks and calls of instances that are gone', () => {
  const service = new ServiceTally('greeter', { max: 10, retireAfterMs: 0 }, [1, 2]);
  for (const id of ['a', 'b']) service.method(SAY_HELLO).end(service.pick(id), status.OK, 0);
  service.retire(new Set(['b']));
  service.retire(new Set(['b']));
  expect([...service.picks.keys()]).toEqual(['b']);
  expect(service.method(SAY_HELLO).ended).toHaveLength(1);
});
