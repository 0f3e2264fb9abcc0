import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { InvalidPolicyError } from '@grpc-discovery/balancing';
import { createMemoryRegistry, InvalidOptionError, MemoryStore } from '@grpc-discovery/registry';
import { readOptions } from '@grpc-discovery/registry/options';
import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import { Call } from '../client/call.decorator.js';
import type { UnaryCall } from '../client/call-types.js';
import { describeClient } from '../client/client-description.js';
import { DiscoveryModule } from '../discovery.module.js';
import { DiscoveryMetricsModule } from '../metrics/index.js';
import { createTestFleet } from '../testing/index.js';
import { clientTable, registrationTable, registryTable } from '../terminus/health-options.js';
import { discoverable } from '../server/discoverable.js';

type Block = Readonly<Record<string, unknown>>;

const etcd = { hosts: 'http://127.0.0.1:2379' };
const contract = { service: 'greeter', ...greeterProto };
const root = (options: Block) => DiscoveryModule.forRoot({ etcd, ...options });
const ofEtcd = (options: Block) => root({ etcd: { ...etcd, ...options } });
const ofService = (options: Block) => root({ service: { name: 'greeter', ...options } });
const feature = (options: Block) => DiscoveryModule.forFeature([{ ...contract, ...options }]);
const server = (options: Block) => discoverable({ ...greeterProto, ...options });

function client(ofClass: Block, ofCall: Block) {
  @BalancedClient({ ...contract, ...ofClass })
  class GreeterClient {
    @Call(ofCall) readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
  }
  return describeClient(GreeterClient);
}

/** The options that a factory makes are read when the application is created. */
function rootAsync(options: Block): Promise<unknown> {
  const useFactory = () => ({ etcd, ...options }) as never;
  const imports = [DiscoveryModule.forRootAsync({ useFactory })];
  return Test.createTestingModule({ imports }).compile();
}

/** Each block of options that a user writes, and where its names begin in messages. */
const BLOCKS: Readonly<Record<string, [at: string, door: (options: Block) => unknown]>> = {
  forRoot: ['', root],
  'etcd of forRoot': ['etcd.', ofEtcd],
  'etcd.auth': [
    'etcd.auth.',
    (auth) => ofEtcd({ auth: { username: 'a', password: 'b', ...auth } }),
  ],
  'etcd.tls': ['etcd.tls.', (tls) => root({ etcd: { hosts: 'https://127.0.0.1:2379', tls } })],
  'etcd.limits': ['etcd.limits.', (limits) => ofEtcd({ limits })],
  'etcd.snapshots': [
    'etcd.snapshots.',
    (snapshots) => ofEtcd({ snapshots: { directory: '/tmp/none', ...snapshots } }),
  ],
  service: ['service.', ofService],
  'service.locality': ['service.locality.', (locality) => ofService({ locality })],
  drain: ['drain.', (drain) => root({ drain })],
  readiness: ['readiness.', (readiness) => root({ readiness: { checks: [], ...readiness } })],
  'tls of forRoot': ['tls.', (tls) => root({ tls })],
  forRootAsync: ['', rootAsync],
  'forRootAsync itself': [
    'forRootAsync.',
    (options) => DiscoveryModule.forRootAsync({ useFactory: () => ({ etcd }), ...options }),
  ],
  forFeature: ['the client of service "greeter" ', feature],
  'tls of forFeature': ['the client of service "greeter" tls.', (tls) => feature({ tls })],
  'keepalive of forFeature': [
    'the client of service "greeter" keepalive.',
    (keepalive) => feature({ keepalive }),
  ],
  'loader of forFeature': [
    'the client of service "greeter" loader.',
    (loader) => feature({ loader }),
  ],
  '@BalancedClient': ['GreeterClient ', (options) => client(options, {})],
  'tls of @BalancedClient': ['GreeterClient tls.', (tls) => client({ tls }, {})],
  'keepalive of @BalancedClient': [
    'GreeterClient keepalive.',
    (keepalive) => client({ keepalive }, {}),
  ],
  '@Call': ['GreeterClient.sayHello ', (options) => client({}, options)],
  discoverable: ['discoverable.', server],
  'service of discoverable': [
    'service.',
    (service) => server({ service: { name: 'a', ...service } }),
  ],
  'tls of discoverable': [
    'discoverable.tls.',
    (tls) => server({ tls: { certFile: 'a', keyFile: 'b', ...tls } }),
  ],
  'keepalive of discoverable': ['discoverable.keepalive.', (keepalive) => server({ keepalive })],
};

/** Those of entry points of their own. */
const OTHERS: Readonly<Record<string, [at: string, door: (options: Block) => unknown]>> = {
  'metrics of forRoot': ['', (options) => DiscoveryMetricsModule.forRoot(options)],
  createTestFleet: ['createTestFleet.', (options) => createTestFleet({}, options)],
  'services of createTestFleet': [
    'createTestFleet services.',
    (options) =>
      createTestFleet(
        { greeter: 1 },
        { services: { greeter: { ...greeterProto, replies: {}, ...options } } },
      ),
  ],
  'registration of DiscoveryHealthIndicator': [
    'registration.',
    (options) => readOptions(registrationTable, options, 'registration'),
  ],
  'registry of DiscoveryHealthIndicator': [
    'registry.',
    (options) => readOptions(registryTable, options, 'registry'),
  ],
  'client of DiscoveryHealthIndicator': [
    'greeter.',
    (options) => readOptions(clientTable, options, 'greeter'),
  ],
};

const messageOf = async (door: () => unknown): Promise<string> => {
  try {
    await door();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return (error as Error).message;
  }
  return 'was taken';
};

describe('An unknown option', () => {
  it.each(Object.entries({ ...BLOCKS, ...OTHERS }))(
    'of %s is refused, by its name',
    async (_, [at, door]) => {
      const text = `${at}colour must be one of `;
      expect((await messageOf(() => door({ colour: 'red' }))).slice(0, text.length)).toBe(text);
    },
  );

  it.each<[meant: string, door: () => unknown]>([
    ['timeoutMs', () => client({ timeoutMS: 5 }, {})],
    ['timeoutMs', () => client({}, { timeoutMS: 5 })],
    ['graceMs', () => root({ drain: { gracems: 5 } })],
    ['serverName', () => ofEtcd({ tls: { servername: 'etcd' } })],
    ['leaseTtlSeconds', () => ofEtcd({ leaseTTLSeconds: 10 })],
    ['advertisedAddress', () => ofService({ advertiseAddress: 'a' })],
    ['maxReceiveMessageLength', () => feature({ maxRecieveMessageLength: 1 })],
    ['protoPath', () => server({ protopath: 'a' })],
  ])('is refused with the suggestion "%s"', async (meant, door) => {
    expect(await messageOf(door)).toContain(`Did you mean "${meant}"?`);
  });
});

describe('A value that can not work', () => {
  it.each<[text: string, door: () => unknown]>([
    ['tls.refreshMs must be a number of milliseconds', () => root({ tls: { refreshMs: NaN } })],
    ['GreeterClient tls.refreshMs must be', () => client({ tls: { refreshMs: 2 ** 31 } }, {})],
    ['the client of service "greeter" tls.caFile must be', () => feature({ tls: { caFile: 7 } })],
    ['discoverable.tls.certFile must be', () => server({ tls: {} })],
    ['drain must be an object', () => root({ drain: 5 })],
    ['drain.graceMs must be', () => root({ drain: { graceMs: 2 ** 31 } })],
    ['drain.deregisterMs must be', () => root({ drain: { deregisterMs: Infinity } })],
    ['readiness.checks[0] must be a function', () => root({ readiness: { checks: [true] } })],
    ['readiness.checks must be an array', () => root({ readiness: {} })],
    ['readiness.failures must be', () => root({ readiness: { checks: [], failures: 0 } })],
    ['service must be 1 to 128', () => root({ service: {} })],
    ['service must be an object', () => root({ service: 'greeter' })],
    ['service.id must be 1 to 128', () => ofService({ id: 'a/b' })],
    ['service.version must be a text', () => ofService({ version: 2 })],
    ['weight must be an integer', () => ofService({ weight: -1 })],
    ['service.metadata must be an object of texts', () => ofService({ metadata: { a: 1 } })],
    ['service.locality.zone must be a text', () => ofService({ locality: { zone: 1 } })],
    ['service.advertisedAddress must be', () => ofService({ advertisedAddress: 7 })],
    ['registry must be a registry', () => DiscoveryModule.forRoot({ registry: {} } as never)],
    ['etcd or registry must be one of the two', () => DiscoveryModule.forRoot({} as never)],
    [
      'etcd or registry must be one of the two, but is given both',
      () => root({ registry: createMemoryRegistry(new MemoryStore()) }),
    ],
    ['etcd.hosts must be', () => root({ etcd: {} })],
    ['etcd.auth.password must be', () => ofEtcd({ auth: { username: 'a', password: 7 } })],
    ['etcd.leaseTtlSeconds must be', () => ofEtcd({ leaseTtlSeconds: '10' })],
    ['service must be 1 to 128', () => feature({ service: '' })],
    ['the client of service "greeter" channelOptions', () => feature({ channelOptions: 'a' })],
    [
      'the client of service "greeter" channelOptions.channelOverride must be absent',
      () => feature({ channelOptions: { channelOverride: {} } }),
    ],
    [
      'the client of service "greeter" channelOptions.interceptor_providers must be absent',
      () => feature({ channelOptions: { interceptor_providers: [] } }),
    ],
    [
      'GreeterClient channelOptions.interceptors[0] must be a function',
      () => client({ channelOptions: { interceptors: [{}] } }, {}),
    ],
    [
      'GreeterClient channelOptions.interceptors must be an array',
      () => client({ channelOptions: { interceptors: () => undefined } }, {}),
    ],
    ['the client of service "greeter" keepalive must be', () => feature({ keepalive: true })],
    [
      'the client of service "greeter" maxReceiveMess',
      () => feature({ maxReceiveMessageLength: NaN }),
    ],
    ['the client of service "greeter" credentials must be', () => feature({ credentials: 'tls' })],
    ['GreeterClient health must be', () => client({ health: true }, {})],
    ['GreeterClient connectTimeoutMs must be', () => client({ connectTimeoutMs: NaN }, {})],
    ['GreeterClient policy must be', () => client({ policy: 'round_robin' }, {})],
    ['GreeterClient.sayHello waitForReady must be', () => client({}, { waitForReady: 'yes' })],
    ['GreeterClient.sayHello compression must be', () => client({}, { compression: 'br' })],
    ['GreeterClient.sayHello hashKey must be', () => client({}, { hashKey: 'name' })],
    ['url must be', () => server({ url: 'unix:/tmp/a' })],
    ['discoverable.url must be a text', () => server({ url: 50051 })],
    ['discoverable.health must be', () => server({ health: 'yes' })],
    ['discoverable.interceptors[0] must be', () => server({ interceptors: [{}] })],
    ['discoverable.gracefulShutdown must be', () => server({ gracefulShutdown: false })],
    ['discoverable.maxSendMessageLength must be', () => server({ maxSendMessageLength: '4' })],
    ['maxMissingMs must be', () => readOptions(registrationTable, { maxMissingMs: NaN }, '')],
    ['maxStalenessMs must be', () => readOptions(registryTable, { maxStalenessMs: -1 }, '')],
    ['minReadyShare must be', () => readOptions(clientTable, { minReadyShare: 2 }, '')],
    ['createTestFleet greeter must be', () => createTestFleet({ greeter: NaN })],
    ['the options must be an object', () => DiscoveryModule.forRoot(undefined as never)],
    ['discoverable must be an object', () => discoverable(undefined as never)],
    [
      'DiscoveryModule.forFeature() must be an array',
      () => DiscoveryModule.forFeature(undefined as never),
    ],
    [
      'DiscoveryModule.forFeature()[0] must be a @BalancedClient class',
      () => DiscoveryModule.forFeature([undefined as never]),
    ],
    [
      'DiscoveryModule.forFeature()[0] must be a @BalancedClient class',
      () => DiscoveryModule.forFeature(['greeter' as never]),
    ],
    ['forRootAsync.useFactory must be', () => DiscoveryModule.forRootAsync({})],
  ])('is refused: %s …', async (text, door) => {
    const message = await messageOf(door);
    expect(message.slice(0, text.length)).toBe(text);
    expect(message).toMatch(/ must be .+, but is .+\. ./s);
  });

  it('of a published config is refused, an unknown member too', () => {
    const publish = (config: Block) => () => ofService({ config });
    expect(publish({ loadBalancingConfg: [] })).toThrow(InvalidPolicyError);
    expect(publish({ loadBalancingConfg: [] })).toThrow(/loadBalancingConfg/);
    expect(publish({ methodConfig: [{ name: [], timeout: 5 }] })).toThrow(InvalidPolicyError);
  });
});

describe('What is right', () => {
  it('is taken, with each option left out or undefined', () => {
    expect(() =>
      root({ service: undefined, tls: undefined, drain: undefined, registry: undefined }),
    ).not.toThrow();
    expect(() => server({ gracefulShutdown: true, url: undefined, tls: undefined })).not.toThrow();
    expect(() => feature({ health: false, policy: undefined, loader: undefined })).not.toThrow();
    expect(() => client({ health: { service: 'a' } }, { timeoutMs: undefined })).not.toThrow();
  });
});
