import { DiscoveryModule } from '@grpc-discovery/nestjs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GreeterClient } from './greeter.client.js';
import type { FromLoadClient, LoadClientOptions } from './load-process.js';
import { StreamLoad } from './stream-load.js';
import { Failures } from './tally.js';
import { UnaryLoad } from './unary-load.js';

/** A separate process: loads the greeters until its parent stops it, and then reports its tally. */
const { hosts, namespace, ratePerSecond, streamPairs } = JSON.parse(
  process.argv[2] ?? '{}',
) as LoadClientOptions;

@Module({
  imports: [
    DiscoveryModule.forRoot({ etcd: { hosts, namespace } }),
    DiscoveryModule.forFeature([GreeterClient]),
  ],
})
class LoadModule {}

const app = await NestFactory.createApplicationContext(LoadModule, { logger: ['warn', 'error'] });
const greeter = app.get(GreeterClient);
await greeter.sayHello({ name: 'first' }, { waitForReady: true });

const failures = new Failures();
const unary = new UnaryLoad(greeter, ratePerSecond, failures);
const streams = new StreamLoad(greeter, streamPairs, failures);
const tally = () => ({ ...unary.tally, ...streams.tally, failures: failures.counts });
const tell = (message: FromLoadClient) => process.send?.(message);

const telling = setInterval(() => tell({ kind: 'progress', tally: tally() }), 500);
process.once('message', () => {
  stop().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
// The parent has read the tally or has ended.
process.once('disconnect', () => process.exit());

async function stop(): Promise<void> {
  clearInterval(telling);
  await Promise.all([unary.stop(), streams.stop()]);
  await app.close();
  tell({ kind: 'stopped', tally: tally() });
}
