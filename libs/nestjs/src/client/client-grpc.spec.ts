import {
  greeterProto,
  GREETER_SERVICE_NAME,
  type GreeterClient as GreeterStub,
} from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Module,
  type INestApplicationContext,
  type INestMicroservice,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom, of, toArray } from 'rxjs';
import { DiscoveryModule } from '../discovery.module.js';
import { startGreeter } from '../spec/greeter-app.js';
import { assertOneCopy } from './grpc-clients.js';
import { InjectClientGrpc, InjectGrpcService } from './client.providers.js';
import { aSetupError } from '../spec/setup-error.js';

@Injectable()
class Caller {
  constructor(
    @InjectClientGrpc('greeter') readonly client: ClientGrpc,
    @InjectGrpcService('greeter') readonly stub: GreeterStub,
  ) {}
}

describe("Nest's own clients", () => {
  const store = new MemoryStore();
  let server: INestMicroservice;
  let app: INestApplicationContext;
  let caller: Caller;

  beforeAll(async () => {
    server = await startGreeter(store);

    @Module({
      imports: [
        DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
        DiscoveryModule.forFeature([{ service: 'greeter', ...greeterProto }]),
      ],
      providers: [Caller],
    })
    class CallerModule {}
    app = await NestFactory.createApplicationContext(CallerModule, { logger: false });
    caller = app.get(Caller);
  });

  afterAll(async () => {
    await app.close();
    await server.close();
  });

  it('are injected as ClientGrpc, over the balanced channel', async () => {
    const stub = caller.client.getService<GreeterStub>(GREETER_SERVICE_NAME);
    const { message } = await firstValueFrom(stub.sayHello({ name: 'you' }));
    expect(message).toBe('Hello you, database open');
  });

  it('are injected as a typed stub of Observables', async () => {
    const replies = caller.stub.sayHelloBidiStream(of({ name: 'a' }, { name: 'b' }));
    const messages = (await firstValueFrom(replies.pipe(toArray()))).map(({ message }) => message);
    expect(messages).toEqual(['Hello a', 'Hello b']);
  });

  it('are refused when another copy of grpc-js has made them', () => {
    expect(() => assertOneCopy(caller.client.getClientByServiceName('Greeter'))).not.toThrow();
    class OtherClient {}
    expect(() => assertOneCopy(new OtherClient())).toThrow(aSetupError('second-grpc-js'));
  });
});
