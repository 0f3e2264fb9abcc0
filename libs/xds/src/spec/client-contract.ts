import { freePorts, until } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ViewEndpoint } from '../service-view.js';
import { Backend } from './backends.js';
import { ControlPlane } from './control-plane.js';
import type { Answers, CallOrder } from './grpc-js-client.js';

/** A client of xDS that makes calls and counts the answers. */
export interface XdsClient {
  calls(order: CallOrder): Promise<Answers>;
  stop(): Promise<void>;
}

export interface XdsClientKind {
  readonly name: string;
  /** @param ingress Where the control plane lets Envoy accept calls. */
  start(plane: ControlPlane, ingress: number): Promise<XdsClient>;
  /** Whether calls can wait for an instance. */
  readonly waits: boolean;
  /** Whether timeouts of methods reach it. */
  readonly hasTimeouts: boolean;
  readonly userAgent: RegExp;
  readonly protocol: 'sotw' | 'delta';
}

/** What the control plane promises to every client. */
export function describeXdsClient(kind: XdsClientKind): void {
  describe(`The control plane with ${kind.name}`, () => {
    const { waits, hasTimeouts, userAgent, protocol } = kind;
    const backends = [new Backend('a'), new Backend('b'), new Backend('c')] as const;
    const [a, b, c] = backends;
    let plane: ControlPlane;
    let client: XdsClient;
    let service = '';
    let count = 0;
    const nacks: string[] = [];

    beforeAll(async () => {
      await Promise.all(backends.map((backend) => backend.start()));
      const [ingress = 0] = await freePorts(1);
      const onNack = ({ type, message }: { type: string; message: string }) =>
        void nacks.push(`${type}: ${message}`);
      plane = new ControlPlane({ ingress: { host: '127.0.0.1', port: ingress }, onNack });
      await plane.start((ads) => ads.setService({ name: 'first', endpoints: [a.endpoint] }));
      client = await kind.start(plane, ingress);
    });

    afterAll(async () => {
      await client.stop();
      plane.stop();
      for (const backend of backends) backend.stop();
    });

    beforeEach(() => {
      service = `greeter-${++count}`;
    });

    const set = (...endpoints: ViewEndpoint[]) =>
      plane.ads.setService({ name: service, endpoints, grpcServices: [] });
    const calls = (times: number, waitForReady = true): Promise<Answers> =>
      client.calls({ service, count: times, waitForReady });
    /** Calls until exactly these answer. */
    const reaches = (...names: string[]) =>
      until(`calls reach ${names.join(' and ')}`, async () => {
        const answers = Object.keys(await calls(12));
        return answers.sort().join() === names.join();
      });

    it('gives three instances equal shares', async () => {
      set(a.endpoint, b.endpoint, c.endpoint);
      await reaches('a', 'b', 'c');
      expect(await calls(30)).toEqual({ a: 10, b: 10, c: 10 });
    });

    it('loses no call while instances join, drain, leave and return', async () => {
      set(a.endpoint, b.endpoint);
      await reaches('a', 'b');
      let isLoaded = true;
      const failures: string[] = [];
      const load = (async () => {
        while (isLoaded) {
          const answers = Object.keys(await calls(5));
          failures.push(...answers.filter((answer) => answer.length > 1));
        }
      })();
      // Each state must be seen by calls, which the load makes too: the probe is a part of it.
      const follow = async (endpoints: ViewEndpoint[], seen: () => boolean) => {
        for (const backend of backends) backend.calls = 0;
        set(...endpoints);
        await until(
          'calls follow',
          () => {
            const follows = seen();
            if (!follows) for (const backend of backends) backend.calls = 0;
            return follows;
          },
          { everyMs: 100 },
        );
      };
      await follow([a.endpoint, b.endpoint, c.endpoint], () => c.calls > 0);
      await follow(
        [a.endpoint, b.endpoint, { ...c.endpoint, draining: true }],
        () => c.calls === 0 && a.calls > 0,
      );
      await follow([b.endpoint], () => a.calls === 0 && b.calls > 0);
      await follow([a.endpoint, b.endpoint], () => a.calls > 0);
      isLoaded = false;
      await load;
      expect(failures).toEqual([]);
    });

    it('spreads calls by weight', async () => {
      set({ ...a.endpoint, weight: 300 }, { ...b.endpoint, weight: 100 });
      await reaches('a', 'b');
      const { a: heavy = 0, b: light = 0 } = await calls(400);
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

    it('fails without instances with UNAVAILABLE, and recovers', async () => {
      set();
      await until('calls fail', async () => 'UNAVAILABLE' in (await calls(1, false)));
      set(a.endpoint);
      expect(await reaches('a')).toBe(true);
      plane.ads.removeService(service);
      await until('calls fail again', async () => 'UNAVAILABLE' in (await calls(1, false)));
      set(b.endpoint);
      expect(await reaches('b')).toBe(true);
    });

    it('lets calls wait for the first instance, except through Envoy', async () => {
      const first = calls(1);
      if (!waits) await first;
      set(c.endpoint);
      expect(await first).toEqual(waits ? { c: 1 } : { UNIMPLEMENTED: 1 });
    });

    const configure = (timeoutMs: number) => {
      const retry = { attempts: 3, codes: ['unavailable' as const], initialBackoffMs: 10 };
      const methods = [{ grpcService: 'lab.Echo', method: 'Call', timeoutMs, retry }];
      plane.ads.setService({ name: service, endpoints: [a.endpoint, b.endpoint], methods });
    };

    it('retries calls by the settings of their method', async () => {
      configure(5_000);
      await reaches('a', 'b');
      a.failures = 1;
      b.failures = 1;
      const { a: first = 0, b: second = 0, ...failed } = await calls(10);
      expect(failed).toEqual({});
      expect(first + second).toBe(10);
    });

    it('ends calls at the timeout of their method, or takes the timeout as none', async () => {
      configure(500);
      // A timeout that is applied wrongly would fail all calls.
      await reaches('a', 'b');
      a.hangs = b.hangs = hasTimeouts;
      const late = await calls(1, false);
      a.hangs = b.hangs = false;
      expect(Object.keys(late).join()).toMatch(hasTimeouts ? 'DEADLINE_EXCEEDED' : /^[ab]$/);
    });

    it('survives an instance that dies unnoticed by the registry', async () => {
      set(a.endpoint, b.endpoint);
      await reaches('a', 'b');
      b.stop();
      const { a: answered = 0, ...failed } = await calls(60);
      await b.start();
      const failures = Object.values(failed).reduce((sum, each) => sum + each, 0);
      // Envoy retries on another instance; a gRPC client loses at most the call in flight.
      expect(failures).toBeLessThanOrEqual(waits ? 1 : 0);
      expect(answered + failures).toBe(60);
      expect(await reaches('a', 'b')).toBe(true);
    });

    it('keeps calls going while the control plane restarts, and follows it afterwards', async () => {
      set(a.endpoint);
      await reaches('a');
      plane.stop();
      expect(await calls(20)).toEqual({ a: 20 });
      await plane.start(() => set(a.endpoint, b.endpoint));
      expect(await reaches('a', 'b')).toBe(true);
    });

    it('is served when it starts before the control plane', async () => {
      const [early = 0] = await freePorts(1);
      const late = new ControlPlane({ ingress: { host: '127.0.0.1', port: early } });
      await late.start();
      late.stop();
      const starting = kind.start(late, early);
      const answers = starting.then((started) => started.calls({ service, count: 1 }));
      await late.start((ads) => ads.setService({ name: service, endpoints: [a.endpoint] }));
      expect(await answers).toEqual({ a: 1 });
      await (await starting).stop();
      late.stop();
    });

    it('is refused nothing, and knows its clients', async () => {
      const host = { host: 'greeter.internal', port: 1, weight: 1 };
      set(a.endpoint, host, a.endpoint, { ...b.endpoint, priority: 4 });
      await reaches('a');
      expect(nacks).toEqual([]);
      const [stream] = plane.ads.state;
      expect(stream).toMatchObject({ protocol });
      expect(stream?.userAgent).toMatch(userAgent);
    });
  });
}
