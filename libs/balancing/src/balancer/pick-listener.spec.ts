import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import { withCallValues } from '../grpc/call-values.js';
import { roundRobin } from '../policies/round-robin.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.end());

it('every listener of a call receives the instance and policy of each attempt', async () => {
  const servers = await world.serve(2);
  const retry = { attempts: 2, codes: ['ABORTED'] as const };
  const methods = { '/helloworld.Greeter': { retry } };
  const client = world.dial({}, { policy: roundRobin(), methods });
  world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
  await until('both answer', async () => Object.keys(await client.spread(2)).length === 2);

  for (const server of servers) server.failures = [status.ABORTED];
  const picks: string[][] = [[], []];
  const listening = picks.reduce<Metadata>(
    (metadata, picks) =>
      withCallValues(metadata, {
        onPick: ({ address }, policy, attempt) => picks.push(`${address} ${policy} ${attempt}`),
      }),
    new Metadata(),
  );
  await expect(client.sayHello({ metadata: listening })).rejects.toMatchObject({
    code: status.ABORTED,
  });
  expect(picks[0]).toHaveLength(2);
  expect(picks[0]!.map((pick) => pick.slice(pick.indexOf(' ') + 1))).toEqual([
    'round_robin 1',
    'round_robin 2',
  ]);
  expect(new Set(picks[0]!.map((pick) => pick.split(' ')[0])).size).toBe(2);
  expect(picks[1]).toEqual(picks[0]);
});
