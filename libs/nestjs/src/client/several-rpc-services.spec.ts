import { fileURLToPath } from 'node:url';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Injectable,
  Module,
  type INestApplicationContext,
  type INestMicroservice,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, type ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';
import { DiscoveryModule } from '../discovery.module.js';
import { discoverable } from '../server/discoverable.js';
import { clientApp } from '../spec/client-app.js';
import { startGreeter } from '../spec/greeter-app.js';
import { BalancedClient } from './balanced-client.decorator.js';
import { Call } from './call.decorator.js';
import type { UnaryCall } from './call-types.js';
import {
  getClientGrpcToken,
  getGrpcServiceToken,
  InjectGrpcService,
  type ClientFeature,
} from './client.providers.js';
import { ClientContractError } from '../errors.js';
import { aSetupError } from '../spec/setup-error.js';

const protoPath = (name: string) => fileURLToPath(new URL(`../spec/${name}`, import.meta.url));
const shopProto = { package: 'shop', protoPath: protoPath('shop.proto') };
const linksProto = { package: '', protoPath: protoPath('links.proto') };
const shop = { service: 'shop', ...shopProto };
const links = { service: 'links', ...linksProto };

type Stub = Record<string, (request: object) => Observable<Record<string, unknown>>>;

@Controller()
class ShopController {
  @GrpcMethod('Orders', 'CountOrders')
  countOrders() {
    return { value: 1 };
  }

  @GrpcMethod('Users', 'CountUsers')
  countUsers() {
    return { value: 2 };
  }

  @GrpcMethod('Links', 'GetURL')
  getUrl({ url }: { url: string }) {
    return { url: `${url}!` };
  }
}

async function serve(store: MemoryStore, service: string, contract: typeof shopProto) {
  @Module({
    imports: [
      DiscoveryModule.forRoot({
        registry: createMemoryRegistry(store),
        service: { name: service },
        drain: { propagationMs: 0 },
      }),
    ],
    controllers: [ShopController],
  })
  class ShopModule {}
  const app = await NestFactory.createMicroservice(ShopModule, {
    logger: false,
    ...discoverable({ ...contract, url: '127.0.0.1:0' }),
  });
  await app.listen();
  return app;
}

describe('A service of several rpc services', () => {
  const store = new MemoryStore();
  const servers: INestMicroservice[] = [];
  let app: INestApplicationContext | undefined;

  beforeAll(async () => {
    servers.push(await serve(store, 'shop', shopProto));
    servers.push(await serve(store, 'links', linksProto));
    servers.push(await startGreeter(store));
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  const start = async (...features: ClientFeature[]) => (app = await clientApp(store, features));
  const stub = (...names: [string, string?]) => app!.get<Stub>(getGrpcServiceToken(...names));
  const value = async (reply: Observable<Record<string, unknown>>) =>
    (await firstValueFrom(reply)).value;

  it('has one ClientGrpc and a stub for each, with one contract', async () => {
    await start(shop);
    const client = app!.get<ClientGrpc>(getClientGrpcToken('shop'));
    expect(await value(client.getService<Stub>('Orders').countOrders!({}))).toBe(1);
    expect(await value(client.getService<Stub>('Users').countUsers!({}))).toBe(2);
    expect(await value(stub('shop', 'Orders').countOrders!({}))).toBe(1);
    expect(await value(stub('shop', 'shop.Users').countUsers!({}))).toBe(2);
    expect(() => stub('shop')).toThrow();
  });

  it('has both that two features name', async () => {
    await start({ ...shop, rpcService: 'Orders' }, { ...shop, rpcService: 'shop.Users' });
    expect(await value(stub('shop', 'Orders').countOrders!({}))).toBe(1);
    expect(await value(stub('shop', 'Users').countUsers!({}))).toBe(2);
    const client = app!.get<ClientGrpc>(getClientGrpcToken('shop'));
    expect(await value(client.getService<Stub>('Users').countUsers!({}))).toBe(2);
  });

  it('has a stub without a name where one is named', async () => {
    await start({ ...shop, rpcService: 'Users' });
    expect(await value(stub('shop').countUsers!({}))).toBe(2);
  });

  it('is injected by decorator', async () => {
    @Injectable()
    class Counts {
      constructor(@InjectGrpcService('shop', 'Users') readonly users: Stub) {}
    }
    @Module({
      imports: [
        DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
        DiscoveryModule.forFeature([shop]),
      ],
      providers: [Counts],
    })
    class CountsModule {}
    app = await NestFactory.createApplicationContext(CountsModule, { logger: false });
    expect(await value(app.get(Counts).users.countUsers!({}))).toBe(2);
  });

  it('has a contract without a package, and names in capitals, in both ways', async () => {
    @BalancedClient(links)
    class LinksClient {
      @Call() readonly getUrl!: UnaryCall<object, { url: string }>;
    }
    @BalancedClient(links)
    class OtherLinksClient {
      @Call() readonly getURL!: UnaryCall<object, { url: string }>;
    }
    await start(links, LinksClient, OtherLinksClient);
    expect(await firstValueFrom(stub('links').getUrl!({ url: 'a' }))).toEqual({ url: 'a!' });
    expect(await app!.get(LinksClient).getUrl({ url: 'b' })).toEqual({ url: 'b!' });
    expect(await app!.get(OtherLinksClient).getURL({ url: 'c' })).toEqual({ url: 'c!' });
  });

  it.each<[string, ClientFeature[], Parameters<ReturnType<typeof expect>['toThrow']>[0], RegExp]>([
    [
      'twice',
      [shop, shop],
      aSetupError('duplicate-client'),
      /rpc service "shop.Orders" of service "shop" twice/,
    ],
    [
      'twice, once by its name',
      [shop, { ...shop, rpcService: 'Users' }],
      aSetupError('duplicate-client'),
      /"shop.Users"/,
    ],
    [
      'that is not there',
      [{ ...shop, rpcService: 'Carts' }],
      ClientContractError,
      /names rpcService "Carts".*has shop.Orders, shop.Users/,
    ],
    [
      'of another package',
      [{ ...shop, package: 'store' }],
      ClientContractError,
      /names package "store", but its \.proto file has package "shop"/,
    ],
    [
      'of a file that is not there',
      [{ ...shop, protoPath: 'proto/none.proto' }],
      ClientContractError,
      /^ENOENT.*the contract of the client of service "shop" \(protoPath proto\/none.proto\)/,
    ],
    [
      'without a file',
      [{ service: 'shop', package: 'shop' }],
      ClientContractError,
      /the contract of the client of service "shop"/,
    ],
  ])('is refused where a feature names one %s', (_, features, type, text) => {
    const provide = () => DiscoveryModule.forFeature(features);
    expect(provide).toThrow(type);
    expect(provide).toThrow(text);
  });

  it('is provided twice by no feature, as a class', () => {
    @BalancedClient(links)
    class LinksClient {
      @Call() readonly getUrl!: UnaryCall<object, object>;
    }
    const provide = () => DiscoveryModule.forFeature([LinksClient, LinksClient]);
    expect(provide).toThrow(aSetupError('duplicate-client'));
    expect(provide).toThrow(/names LinksClient twice/);
  });
});
