import { greeterProto } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { DiscoveryModule } from '../discovery.module.js';
import { CountedLogger } from '../spec/counted-logger.js';
import { greeterModule } from '../spec/greeter-app.js';
import { discoverable } from './discoverable.js';

const contract = { ...greeterProto, url: '127.0.0.1:0' };
/** Twice the time after which the first look is due. */
const TWO_LOOKS_MS = 4_500;

type Boot = (
  module: Type | DynamicModule,
  logger: CountedLogger,
) => Promise<INestApplicationContext>;

const boots = {
  'a plain gRPC server': async (module, logger) => {
    const app = await NestFactory.createMicroservice(module, {
      logger,
      transport: Transport.GRPC,
      options: contract,
    });
    await app.listen();
    return app;
  },
  'HTTP alone': async (module, logger) => {
    const app = await NestFactory.create(module, { logger });
    return app.listen(0, '127.0.0.1').then(() => app);
  },
  'a registered server': async (module, logger) => {
    const app = await NestFactory.createMicroservice(module, { logger, ...discoverable(contract) });
    await app.listen();
    return app;
  },
  'a hybrid that connects its server when it listens': async (module, logger) => {
    const app = await NestFactory.create(module, { logger });
    await app.listen(0, '127.0.0.1');
    app.connectMicroservice(discoverable(contract));
    await app.startAllMicroservices();
    return app;
  },
  'a script': (module, logger) => NestFactory.createApplicationContext(module, { logger }),
} satisfies Record<string, Boot>;

describe('The start of an application that names a service', () => {
  const onSigterm = () => undefined;
  let logger: CountedLogger;
  let app: INestApplicationContext;

  const start = async (boot: keyof typeof boots, hooks: boolean) => {
    logger = new CountedLogger();
    if (hooks) process.on('SIGTERM', onSigterm);
    app = await boots[boot](greeterModule(new MemoryStore()), logger);
  };
  const afterTwoLooks = () => {
    jest.advanceTimersByTime(TWO_LOOKS_MS);
    return logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  };

  let before: NodeJS.SignalsListener[];
  beforeEach(() => {
    // The looks alone: what the applications do goes on in real time.
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setTimeout',
        'clearTimeout',
      ],
    });
    before = process.listeners('SIGTERM');
    process.removeAllListeners('SIGTERM');
  });
  afterEach(async () => {
    jest.useRealTimers();
    await app.close();
    process.removeAllListeners('SIGTERM');
    for (const listener of before) process.on('SIGTERM', listener);
  });

  it.each(['a plain gRPC server', 'HTTP alone'] as const)(
    'warns where %s registers nothing, once',
    async (boot) => {
      await start(boot, true);
      expect(afterTwoLooks()).toEqual([
        expect.stringContaining('Service "greeter" should be registered by'),
      ]);
    },
  );

  it.each(['a registered server', 'a hybrid that connects its server when it listens'] as const)(
    'warns of %s without shutdown hooks',
    async (boot) => {
      await start(boot, false);
      expect(afterTwoLooks()).toEqual([expect.stringContaining('app.enableShutdownHooks()')]);
    },
  );

  it.each([
    ['a registered server', true],
    ['a hybrid that connects its server when it listens', true],
    ['a script', false],
  ] as const)('says nothing of %s', async (boot, hooks) => {
    await start(boot, hooks);
    expect(afterTwoLooks()).toEqual([]);
  });

  it('says nothing of an application of clients', async () => {
    logger = new CountedLogger();
    const registry = createMemoryRegistry();
    const module = class {};
    app = await boots['HTTP alone'](
      { module, imports: [DiscoveryModule.forRoot({ registry })] },
      logger,
    );
    expect(afterTwoLooks()).toEqual([]);
  });
});
