import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import { encodeLoadReport, LOAD_REPORT_TRAILER } from '../reports/load-report.js';
import { reportUtilization } from '../reports/report-utilization.js';
import { GreeterClient, type GreeterServer } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import { weightedRoundRobin } from './weighted-round-robin.js';

/** A server that reports this share of its capacity in use at 100 calls per second, as one in any language may. */
const reporting = (utilization: number): ServerInterceptor => {
  const report = encodeLoadReport({ utilization, callsPerSecond: 100, errorsPerSecond: 0 });
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      sendStatus(ending, next) {
        const metadata = ending.metadata?.clone() ?? new Metadata();
        metadata.set(LOAD_REPORT_TRAILER, report);
        next({ ...ending, metadata });
      },
    });
};

describe('weighted_round_robin by reported weights over real connections', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  const dial = () => world.dial({}, { policy: weightedRoundRobin({ weights: 'reported' }) });
  const list = (...servers: readonly GreeterServer[]) =>
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
  const bothAnswer = (client: GreeterClient) =>
    until('both answer', async () => Object.keys(await client.spread(10)).length === 2);

  it('gives an instance that is idle four times the calls of one that is busy', async () => {
    const [idle] = await world.serve(1, { interceptors: [reporting(0.2)] });
    const [busy] = await world.serve(1, { interceptors: [reporting(0.8)] });
    const client = dial();
    list(idle!, busy!);
    await bothAnswer(client);
    await until('weights count', async () => {
      return (await client.spread(100))[idle!.address] === 80;
    });
    expect(await client.spread(100)).toEqual({ [idle!.address]: 80, [busy!.address]: 20 });
  });

  it('moves calls to the instance that serves more with the same utilisation, as reported by reportUtilization', async () => {
    // Both share this process and its utilisation: they differ in the calls that they serve.
    const serve = () => world.serve(1, { interceptors: [reportUtilization({ windowMs: 100 })] });
    const [able] = await serve();
    const [other] = await serve();
    const client = dial();
    list(able!, other!);
    await bothAnswer(client);
    const direct = world.add(
      new GreeterClient(able!.address, { 'grpc.use_local_subchannel_pool': 1 }),
    );
    const most = await until('more than two thirds go to it', async () => {
      await direct.spread(100);
      const { [able!.address]: calls = 0 } = await client.spread(60);
      return calls > 40 && calls;
    });
    expect(most).toBeLessThanOrEqual(60);
  });
});
