import { until } from '@grpc-discovery/test-support';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CLUSTER, ENDPOINTS, LISTENER } from '../resources/resource-type.js';
import { AdsClient } from '../spec/ads-client.js';
import { ControlPlane } from '../spec/control-plane.js';
import type { RefusedResponse } from './ads-options.js';
import { AdsServer } from './ads-server.js';

const endpoint = (port: number) => ({ host: '127.0.0.1', port, weight: 100 });
const nacks: RefusedResponse[] = [];
const limits = { maxNames: 20, maxUnknownServices: 5 };
let plane: ControlPlane;
let client: AdsClient;

afterEach(() => {
  client.close();
  plane.stop();
});

describe.each(['sotw', 'delta'] as const)('A stream of the protocol %s', (protocol) => {
  beforeEach(async () => {
    nacks.length = 0;
    plane = new ControlPlane({ ...limits, onNack: (nack) => void nacks.push(nack) });
    await plane.start((ads) => {
      ads.setService({ name: 'greeter', endpoints: [endpoint(1)] });
      ads.setService({ name: 'orders', endpoints: [endpoint(2)] });
    });
    client = new AdsClient(plane.port, protocol);
  });

  it('answers a subscription, and stays silent when it is acknowledged', async () => {
    client.subscribe(ENDPOINTS, ['greeter']);
    const first = await client.response(1);
    expect(first).toMatchObject({ type: ENDPOINTS, names: ['greeter'], count: 1 });
    client.subscribe(ENDPOINTS, protocol === 'sotw' ? ['greeter'] : [], first);
    await client.settled();
    expect(client.responses).toHaveLength(1);
    expect(plane.ads.state[0]?.subscriptions[0]).toMatchObject({
      names: 1,
      versionSent: first.version,
      versionAcked: first.version,
      lastNack: undefined,
    });
  });

  it('sends only what changed of endpoints, and nothing for the same view', async () => {
    client.subscribe(ENDPOINTS, ['greeter', 'orders']);
    await client.response(1);
    plane.ads.setService({ name: 'orders', endpoints: [endpoint(2)] });
    plane.ads.setService({ name: 'greeter', endpoints: [endpoint(1), endpoint(3)] });
    expect((await client.response(2)).names).toEqual(['greeter']);
    await client.settled();
    expect(client.responses).toHaveLength(2);
  });

  it('sends changes together that come together', async () => {
    client.subscribe(ENDPOINTS, ['greeter', 'orders']);
    await client.response(1);
    for (let port = 10; port < 60; port++) {
      plane.ads.setService({ name: 'greeter', endpoints: [endpoint(port)] });
      plane.ads.setService({ name: 'orders', endpoints: [endpoint(port)] });
    }
    expect([...(await client.response(2)).names].sort()).toEqual(['greeter', 'orders']);
  });

  it('does not repeat a refused response, reports it, and sends the next change', async () => {
    client.subscribe(ENDPOINTS, ['greeter']);
    const first = await client.response(1);
    const errorDetail = { code: 3, message: 'bad\u001b[2J list' };
    const refusal = { typeUrl: ENDPOINTS, responseNonce: first.nonce, errorDetail };
    if (protocol === 'sotw') client.sotw({ ...refusal, resourceNames: ['greeter'] });
    else client.delta(refusal);
    await client.settled();
    expect(client.responses).toHaveLength(1);
    expect(nacks).toEqual([
      expect.objectContaining({ type: ENDPOINTS, version: first.version, message: 'bad [2J list' }),
    ]);
    expect(plane.ads.statistics.nacks).toBe(1);
    plane.ads.setService({ name: 'greeter', endpoints: [endpoint(4)] });
    expect((await client.response(2)).names).toEqual(['greeter']);
  });

  it('goes on when the listener for refusals throws', async () => {
    client.close();
    plane.stop();
    plane = new ControlPlane({
      onNack: () => {
        throw new Error('no logger');
      },
    });
    await plane.start((ads) => ads.setService({ name: 'greeter', endpoints: [endpoint(1)] }));
    client = new AdsClient(plane.port, protocol);
    client.subscribe(ENDPOINTS, ['greeter']);
    const { nonce } = await client.response(1);
    const errorDetail = { code: 3, message: 'bad list' };
    const refusal = { typeUrl: ENDPOINTS, responseNonce: nonce, errorDetail };
    if (protocol === 'sotw') client.sotw({ ...refusal, resourceNames: ['greeter'] });
    else client.delta(refusal);
    await client.settled();
    expect(plane.ads.statistics).toMatchObject({ nacks: 1, streamsOpen: 1 });
  });

  it('answers a name that is subscribed to again, although nothing has changed', async () => {
    client.subscribe(ENDPOINTS, ['greeter', 'orders']);
    const first = await client.response(1);
    if (protocol === 'sotw') client.subscribe(ENDPOINTS, ['greeter'], first);
    else client.delta({ typeUrl: ENDPOINTS, resourceNamesUnsubscribe: ['orders'] });
    await client.settled();
    if (protocol === 'sotw') client.subscribe(ENDPOINTS, ['greeter', 'orders'], first);
    else client.subscribe(ENDPOINTS, ['orders']);
    expect((await client.response(2)).names).toEqual(['orders']);
  });

  it('treats a first subscription without names as a wildcard of clusters', async () => {
    client.subscribe(CLUSTER, []);
    expect((await client.response(1)).count).toBe(2);
    plane.ads.setService({ name: 'billing', endpoints: [] });
    // Only Envoy has wildcards that grow by new services, which need it in either protocol.
    expect((await client.response(2)).count).toBe(protocol === 'sotw' ? 3 : 1);
  });

  it('answers a well-formed name of no service as one without instances', async () => {
    client.subscribe(ENDPOINTS, ['unheard-of']);
    expect(await client.response(1)).toMatchObject({ names: ['unheard-of'], removed: [] });
    expect(plane.ads.services).toEqual(['greeter', 'orders']);
  });

  it('answers a malformed name without a resource', async () => {
    client.subscribe(LISTENER, ['a/b:c']);
    const removed = protocol === 'delta' ? ['a/b:c'] : [];
    expect(await client.response(1)).toMatchObject({ count: 0, removed });
  });

  it('ends with an error beyond the bound of names', async () => {
    client.subscribe(
      ENDPOINTS,
      Array.from({ length: 21 }, (_, i) => `s${i}`),
    );
    const error = await until('the stream ends', () => client.error);
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(error.details).toMatch(/20 names, but this one has 21/);
    expect(await until('it is forgotten', () => plane.ads.state.length === 0)).toBe(true);
  });

  it('answers names beyond the bound of unknown services without a resource', async () => {
    client.subscribe(
      ENDPOINTS,
      Array.from({ length: 10 }, (_, i) => `s${i}`),
    );
    expect((await client.response(1)).count).toBe(5);
    plane.ads.setService({ name: 's9', endpoints: [endpoint(5)] });
    expect((await client.response(2)).names).toEqual(['s9']);
  });

  it('changes nothing but the endpoints of a service that is removed', async () => {
    const methods = [{ timeoutMs: 250 }];
    const policy = { kind: 'least_request' } as const;
    plane.ads.setService({ name: 'greeter', endpoints: [endpoint(1)], policy, methods });
    for (const type of [CLUSTER, LISTENER, ENDPOINTS]) client.subscribe(type, ['greeter']);
    await client.response(3);
    plane.ads.removeService('greeter');
    expect((await client.response(4)).type).toBe(ENDPOINTS);
    plane.ads.setService({ name: 'greeter', endpoints: [endpoint(1)], policy, methods });
    expect((await client.response(5)).type).toBe(ENDPOINTS);
    await client.settled();
    expect(client.responses).toHaveLength(5);
  });

  it('reports the refusal of an older response', async () => {
    client.subscribe(ENDPOINTS, ['greeter']);
    const first = await client.response(1);
    plane.ads.setService({ name: 'greeter', endpoints: [endpoint(2)] });
    await client.response(2);
    const errorDetail = { code: 3, message: 'bad list' };
    const refusal = { typeUrl: ENDPOINTS, responseNonce: first.nonce, errorDetail };
    if (protocol === 'sotw') client.sotw({ ...refusal, resourceNames: ['greeter'] });
    else client.delta(refusal);
    await client.settled();
    expect(nacks.map(({ message }) => message)).toEqual(['bad list']);
  });

  describe('whose client does not read', () => {
    /** About 400 kB: some of them fill the buffers on the way. */
    const large = (port: number) =>
      Array.from({ length: 8_000 }, (_, i) => ({
        host: `10.0.${i >> 8}.${i & 255}`,
        ...{ port, weight: 100 },
      }));

    /** Pauses the client, and changes the service until the server's writes are held up. */
    const block = async () => {
      client.subscribe(ENDPOINTS, ['greeter']);
      await client.response(1);
      client.pause();
      let port = 100;
      await until('the stream is blocked', () => {
        plane.ads.setService({ name: 'greeter', endpoints: large(++port) });
        return plane.ads.state[0]?.isBlocked;
      });
    };

    it('gets the newest state only, once it reads again; others are not held up', async () => {
      await block();
      const { responses } = plane.ads.statistics;
      const other = new AdsClient(plane.port, protocol);
      other.subscribe(ENDPOINTS, ['orders']);
      await other.response(1);
      for (let port = 5_000; port < 5_010; port++) {
        plane.ads.setService({ name: 'greeter', endpoints: large(port) });
        plane.ads.setService({ name: 'orders', endpoints: [endpoint(port)] });
        await until('the other has the change', () => other.responses.length > port - 5_000);
      }
      // Nothing was written to the blocked one.
      expect(plane.ads.statistics.responses - responses).toBe(other.responses.length);
      const before = client.responses.length;
      client.resume();
      await until('it reads again', () => plane.ads.state.every(({ isBlocked }) => !isBlocked));
      await client.settled();
      const { versionSent } = plane.ads.state[0]!.subscriptions[0]!;
      expect(client.responses.at(-1)?.version).toBe(versionSent);
      expect(client.responses.length - before).toBeLessThan(40);
      other.close();
    });

    it('is disconnected at a change when its time is up', async () => {
      client.close();
      plane.stop();
      plane = new ControlPlane({ maxBlockedMs: 1 });
      await plane.start((ads) => ads.setService({ name: 'greeter', endpoints: [endpoint(1)] }));
      client = new AdsClient(plane.port, protocol);
      await block();
      const isGone = () => {
        plane.ads.setService({
          name: 'greeter',
          endpoints: large((9_000 + Math.random() * 1_000) | 0),
        });
        return plane.ads.state.length === 0;
      };
      expect(await until('it is disconnected', isGone)).toBe(true);
    });
  });

  it('is forgotten when the client disconnects', async () => {
    client.subscribe(ENDPOINTS, ['greeter']);
    await client.response(1);
    client.close();
    expect(await until('it is forgotten', () => plane.ads.statistics.streamsOpen === 0)).toBe(true);
  });

  it('ends with UNAVAILABLE when the control plane closes', async () => {
    client.subscribe(ENDPOINTS, ['greeter']);
    await client.response(1);
    plane.ads.close();
    expect((await until('it ends', () => client.error)).code).toBe(status.UNAVAILABLE);
  });
});

describe('A stream of the protocol sotw', () => {
  beforeEach(async () => {
    plane = new ControlPlane();
    await plane.start((ads) => ads.setService({ name: 'greeter', endpoints: [endpoint(1)] }));
    client = new AdsClient(plane.port, 'sotw');
  });

  it('sends all clusters that are subscribed to: one that is missing counts as deleted', async () => {
    client.subscribe(CLUSTER, ['greeter']);
    const first = await client.response(1);
    client.subscribe(CLUSTER, ['greeter', 'orders'], first);
    expect((await client.response(2)).count).toBe(2);
  });

  it('ignores a request that answers an older response', async () => {
    client.subscribe(ENDPOINTS, ['greeter']);
    const first = await client.response(1);
    plane.ads.setService({ name: 'greeter', endpoints: [endpoint(2)] });
    const second = await client.response(2);
    client.subscribe(ENDPOINTS, ['greeter', 'orders'], first);
    await client.settled();
    expect(client.responses).toHaveLength(2);
    client.subscribe(ENDPOINTS, ['greeter', 'orders'], second);
    expect((await client.response(3)).names).toEqual(['orders']);
  });
});

describe('A stream of the protocol delta', () => {
  it('sends a client that reconnects only what it does not have', async () => {
    plane = new ControlPlane();
    await plane.start((ads) => {
      ads.setService({ name: 'greeter', endpoints: [endpoint(1)] });
      ads.setService({ name: 'orders', endpoints: [endpoint(2)] });
    });
    const before = new AdsClient(plane.port, 'delta');
    before.subscribe(ENDPOINTS, ['greeter']);
    const { version } = await before.response(1);
    before.close();
    client = new AdsClient(plane.port, 'delta');
    client.delta({
      typeUrl: ENDPOINTS,
      resourceNamesSubscribe: ['greeter', 'orders'],
      initialResourceVersions: { greeter: version },
    });
    expect((await client.response(1)).names).toEqual(['orders']);
  });

  it('tells a client that reconnects what exists no more', async () => {
    plane = new ControlPlane();
    await plane.start((ads) => ads.setService({ name: 'greeter', endpoints: [endpoint(1)] }));
    client = new AdsClient(plane.port, 'delta');
    client.delta({
      typeUrl: CLUSTER,
      initialResourceVersions: { greeter: 'former.1', billing: 'former.2' },
    });
    expect(await client.response(1)).toMatchObject({ names: ['greeter'], removed: ['billing'] });
  });
});

describe('The options of AdsServer', () => {
  it.each<[object, string]>([
    [{ colour: 'red' }, 'colour must be an option of AdsServer, but is unknown'],
    [{ coalesceMs: NaN }, 'coalesceMs must be an integer from 0 to 60000, but is NaN'],
    [{ coalesceMs: 1e9 }, 'coalesceMs'],
    [{ maxNames: 0 }, 'maxNames'],
    [{ maxUnknownServices: -1 }, 'maxUnknownServices'],
    [{ maxBlockedMs: '5' }, 'maxBlockedMs'],
    [{ ingress: { host: 'localhost', port: 1 } }, 'ingress.host must be an IP address'],
    [{ ingress: { host: '127.0.0.1', port: 65_536 } }, 'ingress.port'],
    [{ onNack: 'log' }, 'onNack must be a function'],
  ])('are refused: %j', (options, text) => {
    const create = () => new AdsServer(options);
    expect(create).toThrow(RangeError);
    expect(create).toThrow(text);
  });

  it('with undefined are the defaults', () => {
    expect(() =>
      new AdsServer({ coalesceMs: undefined, ingress: undefined }).close(),
    ).not.toThrow();
  });
});
