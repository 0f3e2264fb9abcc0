import { InvalidPolicyError } from '@grpc-discovery/balancing';
import { greeterProto } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { Client, credentials, type Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { contractService } from '../client/contract.js';
import { DiscoveryModule } from '../discovery.module.js';
import { greeterModule, startGreeter } from '../spec/greeter-app.js';
import { quietGrpc } from '../spec/quiet-grpc.js';
import { discoverable } from './discoverable.js';
import { LocalInstances } from './local-instances.js';
import { InvalidOptionError } from '@grpc-discovery/registry';
import { aSetupError } from '../spec/setup-error.js';

quietGrpc();

const quiet = { logger: false, abortOnError: false } as const;

describe('discoverable', () => {
  it('refuses a unix socket before anything is created', () => {
    const options = { ...greeterProto, url: 'unix:///run/greeter.sock' };
    expect(() => discoverable(options)).toThrow(InvalidOptionError);
  });

  it('says so when the application has no DiscoveryModule', async () => {
    @Module({})
    class EmptyModule {}
    const created = NestFactory.createMicroservice(EmptyModule, {
      ...quiet,
      ...discoverable(greeterProto),
    });
    await expect(created).rejects.toThrow(aSetupError('missing-module'));
  });

  it('says so when no service is named', async () => {
    @Module({ imports: [DiscoveryModule.forRoot({ registry: createMemoryRegistry() })] })
    class NamelessModule {}
    const created = NestFactory.createMicroservice(NamelessModule, {
      ...quiet,
      ...discoverable(greeterProto),
    });
    await expect(created).rejects.toThrow(aSetupError('missing-service'));
  });

  it('registers what the options say of the instance', async () => {
    const store = new MemoryStore();
    const service = {
      name: 'greeter',
      id: 'greeter-1',
      version: '1.2.3',
      weight: 7,
      locality: { zone: 'a' },
      metadata: { tag: 'blue' },
    };
    const app = await startGreeter(store, { service });
    const [instance] = store.snapshot('greeter').instances;
    expect(instance).toMatchObject({
      id: 'greeter-1',
      version: '1.2.3',
      weight: 7,
      locality: { region: '', zone: 'a', subZone: '' },
    });
    // Its server is one of grpc-js.
    expect(instance?.metadata).toEqual({ tag: 'blue', 'grpc.pings': 'permitted' });
    await app.close();
  });

  it('publishes the config of the service for its clients', async () => {
    const store = new MemoryStore();
    const config = { loadBalancingConfig: [{ round_robin: {} }] };
    const observer = createMemoryRegistry(store);
    const watch = observer.configs.watch('greeter', () => undefined);
    const app = await startGreeter(store, { service: { name: 'greeter', config } });
    await until('it is published', () => watch.state.kind === 'published');
    expect(watch.state).toMatchObject({ config });
    await app.close();
    await observer.close();
  });

  it('refuses a config that clients would refuse', () => {
    const config = { loadBalancingConfig: [{ least_request: { choiceCount: 0 } }] };
    const service = { name: 'greeter', config };
    expect(() => discoverable({ ...greeterProto, service })).toThrow(InvalidPolicyError);
  });

  it('ends each call with a load report if it is configured to', async () => {
    const store = new MemoryStore();
    const app = await NestFactory.createMicroservice(greeterModule(store), {
      ...quiet,
      ...discoverable({ ...greeterProto, url: '127.0.0.1:0', reportUtilization: true }),
    });
    await app.listen();
    const [instance] = store.snapshot('greeter').instances;
    const client = new Client(instance?.address ?? '', credentials.createInsecure());
    const method = contractService('spec', greeterProto).methods.get('sayHello')!;
    const { path, requestSerialize, responseDeserialize } = method;
    const trailers = await new Promise<Metadata>((resolve, reject) => {
      const done = (error: Error | null) => error && reject(error);
      client
        .makeUnaryRequest(path, requestSerialize, responseDeserialize, { name: 'you' }, done)
        .on('status', ({ metadata }) => resolve(metadata));
    });
    expect(trailers.get('endpoint-load-metrics-bin')).toHaveLength(1);
    client.close();
    await app.close();
  });

  it('registers each server of a process, under its own service and id', async () => {
    const store = new MemoryStore();
    const app = await NestFactory.create(greeterModule(store), quiet);
    const url = '127.0.0.1:0';
    app.connectMicroservice(discoverable({ ...greeterProto, url }));
    app.connectMicroservice(discoverable({ ...greeterProto, url }));
    app.connectMicroservice(
      discoverable({ ...greeterProto, url, service: { name: 'orders', weight: 3 } }),
    );
    await app.startAllMicroservices();

    const greeters = store.snapshot('greeter').instances;
    const [orders] = store.snapshot('orders').instances;
    expect(new Set(greeters.map(({ id }) => id)).size).toBe(2);
    expect(new Set(greeters.map(({ address }) => address)).size).toBe(2);
    expect(orders).toMatchObject({ service: 'orders', weight: 3 });
    expect(app.get(LocalInstances).of('orders')).toEqual(orders);

    await app.close();
    expect(store.snapshot('greeter').instances).toEqual([]);
    expect(store.snapshot('orders').instances).toEqual([]);
  });

  it('registers nothing when the port is taken, and listen() fails', async () => {
    const store = new MemoryStore();
    const first = await startGreeter(store);
    const [taken] = store.snapshot('greeter').instances;
    const second = await NestFactory.createMicroservice(greeterModule(store), {
      ...quiet,
      ...discoverable({ ...greeterProto, url: taken!.address }),
    });
    await expect(second.listen()).rejects.toThrow(/EADDRINUSE|address already in use/i);
    expect(store.snapshot('greeter').instances).toHaveLength(1);
    await second.close();
    await first.close();
  });

  it.each([
    [
      'a package that its file does not have',
      { package: 'greeter' },
      /^discoverable\(\) names package "greeter", but its \.proto file has package "helloworld"/,
    ],
    [
      'a file that is not there',
      { protoPath: 'proto/none.proto' },
      /^ENOENT.*the contract of discoverable\(\) \(protoPath proto\/none\.proto\) can't be read/,
    ],
    [
      'no file',
      { protoPath: undefined as never },
      /the contract of discoverable\(\) can't be read/,
    ],
  ])('names the mistake of a contract with %s, and registers nothing', async (_, wrong, text) => {
    const store = new MemoryStore();
    await expect(startGreeter(store, {}, wrong)).rejects.toThrow(text);
    expect(store.serviceNames()).toEqual([]);
  });

  it('listens on IPv6 and is registered with brackets', async () => {
    const store = new MemoryStore();
    const app = await NestFactory.createMicroservice(greeterModule(store), {
      ...quiet,
      ...discoverable({ ...greeterProto, url: '[::1]:0' }),
    });
    await app.listen();
    const [instance] = store.snapshot('greeter').instances;
    expect(instance?.address).toMatch(/^\[::1\]:\d+$/);
    await app.close();
  });
});
