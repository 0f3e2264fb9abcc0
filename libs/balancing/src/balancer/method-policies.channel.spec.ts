import { once } from 'node:events';
import { constants, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import { withCallValues, withHashKey } from '../grpc/call-values.js';
import { consistentHash } from '../policies/consistent-hash.js';
import { leastRequest } from '../policies/least-request.js';
import { outlierDetection } from '../policies/outlier-detection.js';
import { pickFirst } from '../policies/pick-first.js';
import { roundRobin } from '../policies/round-robin.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';
import { decodeLoadReport } from '../reports/load-report.js';
import { reportUtilization } from '../reports/report-utilization.js';
import type { GreeterClient, GreeterServer } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';

const sayHello = '/helloworld.Greeter/SayHello';
const sayBye = '/helloworld.Greeter/SayBye';

describe('policies of methods on one channel', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  const list = (servers: readonly GreeterServer[]) =>
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
  const allAnswer = (client: GreeterClient, count: number) =>
    until('all answer', async () => Object.keys(await client.spread(count, 1)).length === count);
  const keyed = (key: string) => withHashKey(new Metadata(), key);

  it('apply to their methods, over one connection to each instance', async () => {
    const servers = await world.serve(3);
    const methods = { [sayBye]: { policy: consistentHash() } };
    const client = world.dial({}, { policy: roundRobin(), methods });
    list(servers);
    await allAnswer(client, 3);
    expect(Object.values(await client.spread(30))).toEqual([10, 10, 10]);
    const answers = new Set<string>();
    for (let i = 0; i < 10; i++) {
      answers.add(await client.sayHello({ path: sayBye, metadata: keyed('user-1') }));
    }
    expect(answers.size).toBe(1);
    expect(servers.map(({ connections }) => connections.size)).toEqual([1, 1, 1]);
  });

  it("let the key of one call reach the picker through grpc-js's clones, and not the server", async () => {
    const servers = await world.serve(5);
    const client = world.dial({}, { policy: consistentHash() });
    list(servers);
    await until('all are connected', async () => Object.keys(await client.spread(20)).length === 5);
    const owners = new Map<string, string>();
    for (let i = 0; i < 200; i++) {
      const key = `key-${i % 20}`;
      const address = await client.sayHello({ metadata: keyed(key) });
      expect(owners.get(key) ?? address).toBe(address);
      owners.set(key, address);
    }
    expect(new Set(owners.values()).size).toBeGreaterThan(1);
    expect(JSON.stringify(servers.map(({ lastMetadata }) => lastMetadata))).not.toContain('key-');
  });

  it('connect to the union of their selections, and to no more', async () => {
    const servers = await world.serve(3);
    const methods = { [sayBye]: { policy: pickFirst({ shuffleAddressList: false }) } };
    const policy = pickFirst({ shuffleAddressList: false });
    const client = world.dial({}, { policy, methods });
    list(servers);
    expect(await client.spread(10)).toEqual({ [servers[0]!.address]: 10 });
    expect(await client.sayHello({ path: sayBye })).toBe(servers[0]!.address);
    expect(servers.map(({ sockets }) => sockets)).toEqual([1, 0, 0]);
  });

  it('apply timeouts, except to a call with its own deadline', async () => {
    const [server] = await world.serve(1);
    const client = world.dial({}, { methods: { '/helloworld.Greeter': { timeoutMs: 100 } } });
    list([server!]);
    let free: () => void = () => undefined;
    server!.gate = new Promise<void>((resolve) => (free = resolve));
    const metadata = withCallValues(new Metadata(), { ownDeadline: true });
    const patient = client.sayHello({ metadata, deadline: Date.now() + 60_000 });
    // Started later and finished earlier.
    expect((await client.failure()).code).toBe(status.DEADLINE_EXCEEDED);
    free();
    expect(await patient).toBe(server!.address);
  });

  it('retry the statuses they name and no others', async () => {
    const [server] = await world.serve(1);
    const retry = { attempts: 3, codes: ['RESOURCE_EXHAUSTED' as const], initialBackoffMs: 1 };
    const client = world.dial({}, { methods: { [sayHello]: { retry } } });
    list([server!]);
    server!.failures = [status.RESOURCE_EXHAUSTED, status.RESOURCE_EXHAUSTED];
    expect(await client.sayHello()).toBe(server!.address);
    server!.failures = [status.INTERNAL];
    expect((await client.failure()).code).toBe(status.INTERNAL);
    server!.failures = [status.RESOURCE_EXHAUSTED];
    expect((await client.failure({ path: sayBye })).code).toBe(status.RESOURCE_EXHAUSTED);
  });

  it('hedge over instances', async () => {
    const servers = await world.serve(2);
    const hedging = { attempts: 2, delayMs: 20 };
    const methods = { [sayHello]: { hedging } };
    const client = world.dial({}, { policy: roundRobin(), methods });
    list(servers);
    await allAnswer(client, 2);
    servers[0]!.gate = new Promise(() => undefined);
    for (let i = 0; i < 4; i++) expect(await client.sayHello()).toBe(servers[1]!.address);
  });

  it('compress the requests of one method', async () => {
    const [server] = await world.serve(1);
    for (const compression of ['gzip', 'deflate'] as const) {
      const client = world.dial({}, { methods: { [sayHello]: { compression } } });
      list([server!]);
      const body = 'hello '.repeat(10_000);
      const before = server!.bytesRead;
      expect(await client.sayHello({ body })).toBe(server!.address);
      expect(server!.lastBody).toBe(body);
      const compressed = server!.bytesRead - before;
      expect(compressed).toBeLessThan(5_000);
      await client.sayHello({ path: sayBye, body });
      expect(server!.lastBody).toBe(body);
      expect(server!.bytesRead - before - compressed).toBeGreaterThan(body.length);
    }
  });

  it.each([
    { retries: 1, outcome: 'are made again' },
    { retries: 0, outcome: 'fail, which is why it stays on' },
  ])('with enable_retries $retries calls that a server refuses $outcome', async ({ retries }) => {
    let streams = 0;
    const server = createServer();
    server.on('stream', (stream: ServerHttp2Stream) => {
      streams += 1;
      stream.on('error', () => undefined);
      // As a server that is about to stop does.
      if (streams === 1) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = world.dial({ 'grpc.enable_retries': retries }, { health: false });
    const { port } = server.address() as AddressInfo;
    world.watcher.live(instanceAt(`127.0.0.1:${port}`));
    const answer = await client.sayHello().catch((error: ServiceError) => status[error.code]);
    expect([answer, streams]).toEqual(retries ? ['', 2] : ['UNAVAILABLE', 1]);
    client.close();
    server.close();
  });
});

describe('policies over real connections', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  const list = (servers: readonly GreeterServer[]) =>
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));

  it('least_request spreads a burst of calls by the measured latencies', async () => {
    const servers = await world.serve(3);
    const client = world.dial({}, { policy: leastRequest() });
    list(servers);
    await until('all answer', async () => Object.keys(await client.spread(9, 9)).length === 3);
    let free: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (free = resolve));
    for (const server of servers) server.gate = gate;
    const load = client.spread(300, 300);
    await until('all calls are open', () => servers.reduce((sum, it) => sum + it.open, 0) === 300);
    for (const { open } of servers) expect(open).toBeLessThan(250);
    free();
    await load;
  });

  it('outlier_detection ejects an instance that fails', async () => {
    const servers = await world.serve(3);
    const failurePercentage = { threshold: 50, minimumHosts: 2, requestVolume: 5 };
    const options = { intervalMs: 100, maxEjectionPercent: 50, failurePercentage };
    const client = world.dial({}, { policy: outlierDetection(roundRobin(), options) });
    list(servers);
    await until('all answer', async () => Object.keys(await client.spread(9)).length === 3);
    servers[0]!.alwaysFails = status.INTERNAL;
    await until('it is ejected', async () => (await client.spread(30)).INTERNAL === undefined);
    const tally = await client.spread(60);
    expect(tally).toEqual({ [servers[1]!.address]: 30, [servers[2]!.address]: 30 });
  });

  it('servers report what weighted_round_robin needs', async () => {
    const interceptors = [reportUtilization({ windowMs: 20 })];
    const servers = await world.serve(2, { interceptors });
    const client = world.dial({}, { policy: weightedRoundRobin({ weights: 'reported' }) });
    list(servers);
    await until('both answer', async () => Object.keys(await client.spread(4)).length === 2);
    const report = await until('servers report', async () => {
      const trailer = await client.trailer('endpoint-load-metrics-bin');
      return trailer && decodeLoadReport(trailer)?.callsPerSecond;
    });
    expect(report).toBeGreaterThan(0);
  });
});
