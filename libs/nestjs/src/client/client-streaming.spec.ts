import { fileURLToPath } from 'node:url';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { TcpProxy, until } from '@grpc-discovery/test-support';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcStreamMethod } from '@nestjs/microservices';
import { reduce, type Observable } from 'rxjs';
import { LocalInstances } from '../server/local-instances.js';
import { DiscoveryModule } from '../discovery.module.js';
import { discoverable } from '../server/discoverable.js';
import { BalancedClient } from './balanced-client.decorator.js';
import type { ClientStreamingCall } from './call-types.js';
import { Call } from './call.decorator.js';

const totalsProto = {
  package: 'totals',
  protoPath: fileURLToPath(new URL('../spec/totals.proto', import.meta.url)),
  loader: { defaults: true },
};

interface Amount {
  readonly value: number;
  readonly note?: string;
}
interface Total {
  readonly value: number;
  readonly count: number;
}

@Controller()
class TotalsController {
  @GrpcStreamMethod('Totals', 'Add')
  add(amounts: Observable<Amount>): Observable<Total> {
    const none: Total = { value: 0, count: 0 };
    const add = (total: Total, { value }: Amount) => ({
      value: total.value + value,
      count: total.count + 1,
    });
    return amounts.pipe(reduce(add, none));
  }
}

@BalancedClient({ service: 'totals', ...totalsProto, waitForReady: true, timeoutMs: 60_000 })
abstract class TotalsClient {
  @Call() abstract readonly add: ClientStreamingCall<Amount, Total>;
}

/** The same server, over a network that can stop. */
@BalancedClient({ service: 'distant-totals', ...totalsProto, waitForReady: true })
abstract class DistantTotalsClient {
  @Call() abstract readonly add: ClientStreamingCall<Amount, Total>;
}

describe('A client-streaming call', () => {
  const registry = createMemoryRegistry(new MemoryStore());
  let app: INestMicroservice;
  let totals: TotalsClient;

  beforeAll(async () => {
    @Module({
      imports: [
        DiscoveryModule.forRoot({
          registry,
          service: { name: 'totals' },
          drain: { propagationMs: 0, graceMs: 500 },
        }),
        DiscoveryModule.forFeature([TotalsClient, DistantTotalsClient]),
      ],
      controllers: [TotalsController],
    })
    class AppModule {}
    app = await NestFactory.createMicroservice(AppModule, {
      logger: false,
      ...discoverable({ ...totalsProto, url: '127.0.0.1:0' }),
    });
    await app.listen();
    totals = app.get(TotalsClient);
  });

  afterAll(() => app.close());

  it('resolves with the one reply to all requests', async () => {
    expect(await totals.add([{ value: 1 }, { value: 2 }, { value: 3 }])).toEqual({
      value: 6,
      count: 3,
    });
  });

  it('sends any number of requests', async () => {
    async function* many() {
      for (let made = 0; made < 2_000; made += 1) yield await Promise.resolve({ value: 1 });
    }
    expect(await totals.add(many())).toEqual({ value: 2_000, count: 2_000 });
  });

  it('takes requests no faster than the network does', async () => {
    const [instance] = app.get(LocalInstances).all;
    const proxy = await TcpProxy.start(`http://${instance?.address}`);
    const address = new URL(proxy.url).host;
    registry.registrar.register({ ...instance!, service: 'distant-totals', id: 'far', address });
    let made = 0;
    const stop = new AbortController();
    // Few of them fill every buffer on the way, so that all is still long before a ping of the silent connection is missed.
    const large: Amount = { value: 1, note: 'x'.repeat(64 * 1024) };
    const tooMany = 1_000;
    async function* many() {
      while (made < tooMany) {
        made += 1;
        // A turn of the event loop: a source that never waits would keep the spec from looking.
        yield await new Promise<Amount>((resolve) => setImmediate(resolve, large));
        if (made === 10) proxy.stall();
      }
    }
    const added = app.get(DistantTotalsClient).add(many(), { signal: stop.signal });
    added.catch(() => undefined);
    let seen = -1;
    const look = () => {
      const isStill = made > 10 && made === seen;
      seen = made;
      return isStill;
    };
    await until('no further request is taken', look, { everyMs: 300 });
    expect(made).toBeLessThan(tooMany);
    stop.abort(new Error('enough'));
    await expect(added).rejects.toThrow('enough');
    await proxy.stop();
  });

  it('rejects with the failure of the source of its requests', async () => {
    async function* broken() {
      yield await Promise.resolve({ value: 1 });
      throw new Error('no amounts left');
    }
    await expect(totals.add(broken())).rejects.toThrow('no amounts left');
  });

  it('ends the source when it is cancelled, and rejects with the reason', async () => {
    let ended = false;
    const controller = new AbortController();
    async function* endless() {
      try {
        for (;;) {
          yield await Promise.resolve({ value: 1 });
          controller.abort(new Error('enough'));
        }
      } finally {
        ended = true;
      }
    }
    await expect(totals.add(endless(), { signal: controller.signal })).rejects.toThrow('enough');
    await until('the source has ended', () => ended);
  });

  it('ends the source when its deadline passes', async () => {
    let ended = false;
    async function* waiting(): AsyncGenerator<Amount> {
      try {
        yield { value: 1 };
        await until('the deadline has passed', () => ended, { timeoutMs: 200 }).catch(
          () => undefined,
        );
      } finally {
        ended = true;
      }
    }
    await expect(totals.add(waiting(), { timeoutMs: 50 })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    await until('the source has ended', () => ended);
  });
});
