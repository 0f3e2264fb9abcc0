import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
} from '@grpc-discovery/balancing';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { freePorts, until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GreeterCalls } from '../spec/greeter-calls.js';

/** Three workers that answer with their id. Plain JavaScript over what is built. */
const SCRIPT = `
import 'reflect-metadata';
import cluster from 'node:cluster';
import { DiscoveryModule, discoverable } from '@grpc-discovery/nestjs';
import { greeterProto } from '@grpc-discovery/proto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';

const [hosts, url] = process.argv.slice(1);
if (cluster.isPrimary) {
  for (let i = 0; i < 3; i++) cluster.fork();
} else {
  class GreeterController {
    sayHello() {
      return { message: 'Hello', instanceId: String(process.pid) };
    }
  }
  const sayHello = Object.getOwnPropertyDescriptor(GreeterController.prototype, 'sayHello');
  GrpcMethod('Greeter', 'SayHello')(GreeterController.prototype, 'sayHello', sayHello);
  class AppModule {}
  Module({
    imports: [
      DiscoveryModule.forRoot({
        etcd: { hosts },
        service: { name: 'greeter', metadata: { pid: String(process.pid) } },
      }),
    ],
    controllers: [GreeterController],
  })(AppModule);
  const app = await NestFactory.createMicroservice(AppModule, {
    logger: false,
    abortOnError: false,
    ...discoverable({ ...greeterProto, url }),
  });
  app.enableShutdownHooks();
  await app.listen();
}
`;

describe('Workers of node:cluster', () => {
  let etcd: EmbeddedEtcd;
  let registry: Registry;
  let primary: ChildProcess;
  let output: string;

  beforeEach(async () => {
    etcd = await EmbeddedEtcd.start();
    registry = createEtcdRegistry({ hosts: etcd.hosts });
    output = '';
  });
  afterEach(async () => {
    const exit = once(primary, 'exit');
    // Its workers end when it is gone.
    primary.kill('SIGKILL');
    await exit;
    await registry.close();
    await etcd.stop();
  });

  const start = (url: string) => {
    const args = ['--input-type=module', '-e', SCRIPT, etcd.hosts.join(), url];
    primary = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    primary.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  };

  const listed = () => {
    const watch = registry.watcher.watch('greeter', () => undefined);
    return (count: number) =>
      until(`${count} workers are listed`, () => {
        const instances = 'snapshot' in watch.state ? watch.state.snapshot.instances : [];
        return instances.length === count && instances;
      });
  };

  it('are instances of their own, with equal shares, and one stops without a failed call', async () => {
    const instances = listed();
    start('127.0.0.1:0');
    const workers = await instances(3);
    expect(new Set(workers.map(({ address }) => address)).size).toBe(3);

    installBalancing();
    const { watcher } = registry;
    const calls = new GreeterCalls(
      discoveryTarget('greeter'),
      discoveryChannelOptions({ watcher }),
    );
    const counts = new Map<string, number>();
    const call = async () => {
      const { instanceId } = await calls.sayHello({ name: 'you' });
      counts.set(instanceId, (counts.get(instanceId) ?? 0) + 1);
    };
    await until('all are called', async () => {
      await call();
      return counts.size === 3;
    });
    counts.clear();
    for (let i = 0; i < 300; i++) await call();
    expect([...counts.values()]).toEqual([100, 100, 100]);

    const stopped = workers[0]!;
    process.kill(Number(stopped.metadata.pid), 'SIGTERM');
    let isGone = false;
    const gone = instances(2).then(() => (isGone = true));
    while (!isGone) await Promise.all(Array.from({ length: 10 }, call));
    await gone;
    counts.clear();
    for (let i = 0; i < 100; i++) await call();
    expect([...counts.values()]).toEqual([50, 50]);
    calls.close();
  });

  it('are refused a port that another one has, with the remedy', async () => {
    const [port] = await freePorts(1);
    start(`127.0.0.1:${port}`);
    const remedy = `DiscoverySetupError: A worker of node:cluster can't bind "127.0.0.1:${port}" for itself`;
    await until('two are refused', () => output.split(remedy).length === 3);
    expect(output).toContain('use port 0, as in "0.0.0.0:0"');
    const [worker] = await listed()(1);
    expect(worker?.address).toBe(`127.0.0.1:${port}`);
  });
});
