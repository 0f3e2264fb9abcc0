import { until } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ViewEndpoint } from './service-view.js';
import { Backend } from './spec/backends.js';
import { ControlPlane } from './spec/control-plane.js';
import { type Answers, GrpcJsClient } from './spec/grpc-js-client.js';

const nacks: string[] = [];
const plane = new ControlPlane({ onNack: ({ message }) => void nacks.push(message) });
const backends = [new Backend('a'), new Backend('b'), new Backend('c')] as const;
const [a, b, c] = backends;
let client: GrpcJsClient;

/** Each spec calls another service, so that none starts with resources of the one before. */
let service = '';
let count = 0;

beforeAll(async () => {
  await Promise.all(backends.map((backend) => backend.start()));
  await plane.start();
  client = await GrpcJsClient.start(plane.port);
});

afterAll(() => {
  client.stop();
  plane.stop();
  for (const backend of backends) backend.stop();
});

beforeEach(() => {
  service = `greeter-${++count}`;
});

const set = (...endpoints: ViewEndpoint[]) => plane.ads.setService({ name: service, endpoints });

const calls = (times: number, waitForReady = true): Promise<Answers> =>
  client.calls({ service, count: times, waitForReady });

/** Calls until exactly these answer. */
const reaches = (...names: string[]) =>
  until(`calls reach ${names.join(' and ')}`, async () => {
    const answers = Object.keys(await calls(12));
    expect(answers.filter((name) => name.length > 1)).toEqual([]);
    return answers.sort().join() === names.join();
  });

describe('A client of grpc-js-xds', () => {
  it('gives three instances equal shares', async () => {
    set(a.endpoint, b.endpoint, c.endpoint);
    await reaches('a', 'b', 'c');
    expect(await calls(30)).toEqual({ a: 10, b: 10, c: 10 });
  });

  it('follows instances that join, leave and drain', async () => {
    set(a.endpoint);
    await reaches('a');
    set(a.endpoint, b.endpoint);
    await reaches('a', 'b');
    set(b.endpoint);
    await reaches('b');
    set({ ...b.endpoint, draining: true }, c.endpoint);
    expect(await reaches('c')).toBe(true);
  });

  it('spreads calls by weight', async () => {
    set({ ...a.endpoint, weight: 300 }, { ...b.endpoint, weight: 100 });
    await reaches('a', 'b');
    const { a: heavy = 0, b: light = 0 } = await calls(400);
    // Random by locality: 300 expected, with a standard deviation of 9.
    expect(heavy + light).toBe(400);
    expect(heavy).toBeGreaterThan(250);
    expect(heavy).toBeLessThan(350);
  });

  it('falls back to the next priority', async () => {
    set({ ...a.endpoint, priority: 3 }, { ...b.endpoint, priority: 7 });
    await reaches('a');
    set({ ...a.endpoint, priority: 3, draining: true }, { ...b.endpoint, priority: 7 });
    expect(await reaches('b')).toBe(true);
  });

  it('fails at once without instances, waits with waitForReady, and recovers', async () => {
    expect(await calls(1, false)).toEqual({ UNAVAILABLE: 1 });
    const waiting = calls(1);
    set(a.endpoint);
    expect(await waiting).toEqual({ a: 1 });
    plane.ads.removeService(service);
    await until('calls fail', async () => 'UNAVAILABLE' in (await calls(1, false)));
    set(b.endpoint);
    expect(await calls(1)).toEqual({ b: 1 });
  });

  it('gets its resources again when it subscribes again', async () => {
    set(a.endpoint);
    expect(await calls(1)).toEqual({ a: 1 });
    const before = subscribed();
    await client.closeChannel(service);
    await until('it has unsubscribed', () => subscribed() < before);
    expect(await calls(1)).toEqual({ a: 1 });
  });

  it('keeps calling while the control plane restarts, and follows it afterwards', async () => {
    set(a.endpoint);
    await reaches('a');
    plane.stop();
    expect(await calls(10)).toEqual({ a: 10 });
    await plane.start(() => set(a.endpoint, b.endpoint));
    expect(await reaches('a', 'b')).toBe(true);
  });

  it('starts before the control plane', async () => {
    const late = new ControlPlane();
    await late.start();
    late.stop();
    const early = await GrpcJsClient.start(late.port);
    const waiting = early.calls({ service, count: 1 });
    await late.start((ads) => ads.setService({ name: service, endpoints: [a.endpoint] }));
    expect(await waiting).toEqual({ a: 1 });
    early.stop();
    late.stop();
  });

  it('refuses nothing: endpoints that it would refuse are left out', async () => {
    const host = { host: 'greeter.internal', port: 1, weight: 1 };
    expect(set(a.endpoint, host, a.endpoint).map(({ reason }) => reason)).toEqual([
      'not an IP address',
      'duplicate address',
    ]);
    await reaches('a');
    await until('everything is acknowledged', () =>
      plane.ads.state.every(({ subscriptions }) =>
        subscriptions.every(({ versionSent, versionAcked }) => versionSent === versionAcked),
      ),
    );
    expect(nacks).toEqual([]);
    expect(plane.ads.state[0]).toMatchObject({ nodeId: 'spec', protocol: 'sotw' });
    expect(plane.ads.state[0]?.userAgent).toMatch(/^gRPC Node/);
  });
});

function subscribed(): number {
  const all = plane.ads.state.flatMap(({ subscriptions }) => subscriptions);
  return all.reduce((sum, { names }) => sum + names, 0);
}
