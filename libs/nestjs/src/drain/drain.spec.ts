import { greeterProto, type HelloReply } from '@grpc-discovery/proto';
import { createEtcdRegistry, MemoryStore } from '@grpc-discovery/registry';
import { etcdKinds, TcpProxy, until } from '@grpc-discovery/test-support';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { discoverable } from '../server/discoverable.js';
import { type DrainEvent, LocalInstances } from '../server/local-instances.js';
import { Gate, greeterModuleWith, startGreeter } from '../spec/greeter-app.js';
import { GreeterCalls } from '../spec/greeter-calls.js';
import { type DrainOptions, normalizeDrainOptions } from './drain-options.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

/** One way over the network. */
const DELAY_MS = 300;

async function* requests(...names: readonly string[]) {
  for (const name of names) yield { name };
  await new Promise(() => undefined);
}

describe('A drain', () => {
  let app: INestMicroservice;
  let calls: GreeterCalls;
  let events: DrainEvent[];

  const start = async (drain: DrainOptions) => {
    const store = new MemoryStore();
    app = await startGreeter(store, { service: { name: 'greeter', id: 'greeter-1' }, drain });
    calls = new GreeterCalls(store.snapshot('greeter').instances[0]?.address ?? '');
    events = [];
    app.get(LocalInstances).onDrain((event) => void events.push(event));
  };

  const result = () => {
    const last = events.at(-1);
    if (last?.kind !== 'drained') throw new Error('The drain has not ended');
    return last.result;
  };

  afterEach(async () => {
    calls.close();
    await app.close();
  });

  it('ends streams with UNAVAILABLE and the advice to open them again', async () => {
    await start({ propagationMs: 0, streamGraceMs: 50, graceMs: 60_000 });
    const bidi = calls.sayHelloBidiStream(requests('you'))[Symbol.asyncIterator]();
    expect((await bidi.next()).value).toMatchObject({ message: 'Hello you' });
    const silent = calls.sayHelloStreamReply({ name: 'you' })[Symbol.asyncIterator]();
    const nothing = silent.next();
    nothing.catch(() => undefined);
    await calls.sayHello({ name: 'first' });

    await app.close();

    const elsewhere = {
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/"greeter-1" of service "greeter".*open the stream again/),
    };
    await expect(bidi.next()).rejects.toMatchObject(elsewhere);
    await expect(nothing).rejects.toMatchObject(elsewhere);
    expect(result()).toMatchObject({ streamsEnded: 2, callsCut: 0 });
    expect(result().durationMs).toBeLessThan(30_000);
  });

  it('delivers what a stream had sent before it was ended', async () => {
    await start({ propagationMs: 0, streamGraceMs: 0, graceMs: 60_000 });
    const names = Array.from({ length: 200 }, (_, index) => String(index));
    const replies: HelloReply[] = [];
    const stream = calls.sayHelloBidiStream(requests(...names))[Symbol.asyncIterator]();
    replies.push((await stream.next()).value as HelloReply);
    const closed = app.close();
    const read = async () => {
      for (;;) replies.push((await stream.next()).value as HelloReply);
    };
    await expect(read()).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await closed;
    expect(replies.map(({ message }) => message)).toEqual(
      names.slice(0, replies.length).map((name) => `Hello ${name}`),
    );
  });

  it('lets a unary call finish beyond the bound of streams', async () => {
    await start({ propagationMs: 0, streamGraceMs: 0, graceMs: 60_000 });
    const gate = app.get(Gate);
    const slow = calls.sayHello({ name: 'slow' });
    await gate.arrival();
    const stream = calls.sayHelloStreamReply({ name: 'you' })[Symbol.asyncIterator]();
    const ended = stream.next().catch((error: unknown) => error);
    await calls.sayHello({ name: 'first' });
    const closed = app.close();
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE });
    gate.open();
    expect((await slow).message).toContain('Hello slow');
    await closed;
    expect(result()).toMatchObject({ streamsEnded: 1, callsCut: 0 });
  });

  it('serves the calls that were on their way when it told clients to go elsewhere', async () => {
    await start({ propagationMs: 0, graceMs: 60_000 });
    const proxy = await TcpProxy.start(`http://${app.get(LocalInstances).all[0]?.address}`);
    const distant = new GreeterCalls(new URL(proxy.url).host);
    await distant.sayHello({ name: 'first' });
    proxy.slow({ toTarget: { delayMs: DELAY_MS }, toClient: { delayMs: DELAY_MS } });

    const closed = app.close();
    const late = Array.from({ length: 20 }, (_, i) => distant.sayHello({ name: `late-${i}` }));

    const replies = await Promise.all(late);
    expect(replies.map(({ message }) => message.split(',')[0])).toEqual(
      late.map((_, i) => `Hello late-${i}`),
    );
    await closed;
    expect(result()).toMatchObject({ streamsEnded: 0, callsCut: 0 });
    distant.close();
    await proxy.stop();
  });

  it('does not wait out its grace period for a client that hangs without a call', async () => {
    await start({ propagationMs: 0, graceMs: 60_000 });
    const proxy = await TcpProxy.start(`http://${app.get(LocalInstances).all[0]?.address}`);
    const hung = new GreeterCalls(new URL(proxy.url).host);
    await hung.sayHello({ name: 'first' });
    proxy.stall();
    await app.close();
    expect(result()).toMatchObject({ streamsEnded: 0, callsCut: 0 });
    expect(result().durationMs).toBeLessThan(30_000);
    hung.close();
    await proxy.stop();
  });

  it('cuts the call of a client that hangs with its grace period', async () => {
    await start({ propagationMs: 0, graceMs: 400 });
    const proxy = await TcpProxy.start(`http://${app.get(LocalInstances).all[0]?.address}`);
    const hung = new GreeterCalls(new URL(proxy.url).host);
    const slow = hung.sayHello({ name: 'slow' }).catch((error: unknown) => error);
    await app.get(Gate).arrival();
    proxy.stall();
    await app.close();
    expect(result()).toMatchObject({ streamsEnded: 0, callsCut: 1 });
    expect(result().durationMs).toBeGreaterThan(395);
    expect(result().durationMs).toBeLessThan(20_000);
    await proxy.stop();
    expect(await slow).toMatchObject({ code: status.UNAVAILABLE });
    hung.close();
  });

  it('cuts a unary call that outlasts the grace period, and counts it', async () => {
    await start({ propagationMs: 0, graceMs: 50 });
    const slow = calls.sayHello({ name: 'slow' });
    slow.catch(() => undefined);
    await app.get(Gate).arrival();
    await app.close();
    await expect(slow).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/"greeter-1" of service "greeter".*50 ms.*drain\.graceMs/),
    });
    expect(result()).toMatchObject({ streamsEnded: 0, callsCut: 1 });
  });

  it('is announced at its start, before clients receive the deregistration', async () => {
    await start({ propagationMs: 0, graceMs: 50 });
    const instances = app.get(LocalInstances);
    const { drainSignal } = instances;
    let listed = -1;
    drainSignal.addEventListener('abort', () => (listed = instances.all.length));
    expect(drainSignal.aborted).toBe(false);
    await app.close();
    expect(listed).toBe(1);
    expect(events.map(({ kind }) => kind)).toEqual(['draining', 'drained']);
    expect(events[0]?.instance.id).toBe('greeter-1');
  });

  it('goes on when a listener throws', async () => {
    await start({ propagationMs: 0, graceMs: 50 });
    app.get(LocalInstances).onDrain(() => {
      throw new Error('a listener');
    });
    await expect(app.close()).resolves.toBeUndefined();
  });
});

describe.each(etcdKinds('/drain-spec/'))('A drain while $name hangs', (kind) => {
  const drain = { deregisterMs: 500, propagationMs: 100, streamGraceMs: 200, graceMs: 400 };

  it('returns from app.close() within its bounds', async () => {
    const etcd = await kind.start();
    const namespace = 'drain-spec';
    const observer = createEtcdRegistry({ hosts: etcd.url, namespace });
    const watch = observer.watcher.watch('greeter', () => undefined);
    const options = {
      etcd: { hosts: etcd.url, namespace },
      service: { name: 'greeter' },
      drain,
    };
    const app = await NestFactory.createMicroservice(greeterModuleWith(options), {
      logger: false,
      ...discoverable({ ...greeterProto, url: '127.0.0.1:0' }),
    });
    await app.listen();
    const { address } = await until('the greeter is listed', () =>
      'snapshot' in watch.state ? watch.state.snapshot.instances[0] : undefined,
    );
    const calls = new GreeterCalls(address);
    const slow = calls.sayHello({ name: 'slow' }).catch(() => 'cut');
    await app.get(Gate).arrival();

    etcd.freeze();
    const begin = performance.now();
    await app.close();
    const tookMs = performance.now() - begin;
    etcd.thaw();

    expect(await slow).toBe('cut');
    const { deregisterMs, propagationMs, graceMs } = drain;
    // The registry's own close takes 2 s at most; the rest is for a busy machine. Without a bound it would wait for etcd.
    expect(tookMs).toBeLessThan(deregisterMs + propagationMs + graceMs + 2_000 + 5_000);
    calls.close();
    await observer.close();
    await etcd.destroy();
  });
});

describe('normalizeDrainOptions', () => {
  it('gives streams half of the grace period by default', () => {
    expect(normalizeDrainOptions({ graceMs: 3_000 })).toEqual({
      deregisterMs: 2_000,
      propagationMs: 250,
      streamGraceMs: 1_500,
      graceMs: 3_000,
    });
  });

  it.each([
    [{ deregisterMs: -1 }, /drain\.deregisterMs.*-1/],
    [{ propagationMs: Infinity }, /drain\.propagationMs.*Infinity/],
    [{ streamGraceMs: 2, graceMs: 1 }, /drain\.streamGraceMs.*at most drain\.graceMs, which is 1/],
  ])('refuses %j', (options, message) => {
    expect(() => normalizeDrainOptions(options)).toThrow(InvalidOptionError);
    expect(() => normalizeDrainOptions(options)).toThrow(message);
  });
});
