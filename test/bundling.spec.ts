import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import ts from 'typescript';
import { root } from './markdown-samples.js';

const run = promisify(execFile);
/** What an application that runs from a bundle may take at most; only what hangs takes longer. */
const LIMIT_MS = 60_000;

/** A server that registers, and a client that finds it, without Nest. */
const PLAIN = `
import { discoveryChannelOptions, discoveryTarget, installBalancing } from '@grpc-discovery/balancing';
import { createEtcdRegistry } from '@grpc-discovery/registry';
import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';

const bytes = (text) => Buffer.from(text);
const rpc = { path: '/echo.Echo/Echo', requestStream: false, responseStream: false };
const codecs = { requestSerialize: bytes, requestDeserialize: String, responseSerialize: bytes, responseDeserialize: String };
const server = new Server();
server.addService({ Echo: { ...rpc, ...codecs } }, { Echo: ({ request }, reply) => reply(null, 'Hello ' + request) });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), async (error, port) => {
  const registry = createEtcdRegistry({ hosts: process.env.ETCD_HOSTS });
  await registry.registrar.register({ service: 'echo', address: '127.0.0.1:' + port }).whenRegistered();
  installBalancing();
  const options = discoveryChannelOptions({ watcher: registry.watcher });
  const client = new Client(discoveryTarget('echo'), credentials.createInsecure(), options);
  const metadata = new Metadata({ waitForReady: true });
  client.makeUnaryRequest(rpc.path, bytes, String, 'you', metadata, async (failure, answer) => {
    console.log(failure ?? answer);
    client.close();
    await registry.close();
    server.forceShutdown();
  });
});`;

/** The same with Nest: what is injected is known by the metadata of its decorators. */
const NEST = `
import 'reflect-metadata';
import { Metadata } from '@grpc/grpc-js';
import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { discoverable, DiscoveryModule, GrpcClients } from '@grpc-discovery/nestjs';

const contract = { package: 'helloworld', protoPath: 'helloworld.proto' };

@Injectable()
class Words { greet(name: string) { return 'Hello ' + name; } }

@Controller()
class Greeter {
  constructor(private readonly words: Words) {}
  @GrpcMethod('Greeter', 'SayHello')
  sayHello({ name }: { name: string }) { return { message: this.words.greet(name) }; }
}

@Module({
  imports: [DiscoveryModule.forRoot({ etcd: { hosts: process.env.ETCD_HOSTS! }, service: { name: 'greeter' } })],
  controllers: [Greeter],
  providers: [Words],
})
class AppModule {}

const app = await NestFactory.createMicroservice(AppModule, { logger: ['error'], ...discoverable({ ...contract, url: '127.0.0.1:0' }) });
await app.listen();
const clients = app.get(GrpcClients);
const greeter: any = clients.clientGrpc({ ...contract, service: 'greeter' }).getService('Greeter');
console.log((await lastValueFrom<any>(greeter.sayHello({ name: 'you' }, new Metadata({ waitForReady: true })))).message);
const health: any = clients.client('greeter');
health.makeUnaryRequest('/grpc.health.v1.Health/Check', (request: Buffer) => request, (answer: Buffer) => answer, Buffer.alloc(0), async (error: Error | null, answer: Buffer) => {
  console.log(error ?? 'health ' + answer.toString('hex'));
  await app.close();
});`;

describe('A bundle that runs outside of the workspace', () => {
  let etcd: EmbeddedEtcd;
  let folder: string;

  beforeAll(async () => {
    etcd = await EmbeddedEtcd.start();
    folder = mkdtempSync(join(tmpdir(), 'bundling-'));
  });
  afterAll(async () => {
    await etcd.stop();
    rmSync(folder, { recursive: true });
  });

  const ran = async (file: string, cwd: string) => {
    const env = { PATH: process.env.PATH, ETCD_HOSTS: etcd.hosts.join() };
    const { stdout, stderr } = await run(process.execPath, [file], { cwd, env, timeout: LIMIT_MS });
    return { stdout, stderr };
  };

  it.each([
    ['cjs', ''],
    [
      'esm',
      // As on the page: under a name of its own, which a module of the bundle may have, too.
      "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    ],
  ] as const)(
    'of registry and balancing holds all they need: %s',
    async (format, banner) => {
      const file = `plain.${format === 'cjs' ? 'cjs' : 'mjs'}`;
      await build({
        stdin: { contents: PLAIN, resolveDir: root },
        bundle: true,
        platform: 'node',
        format,
        outfile: join(folder, file),
        banner: { js: banner },
        logLevel: 'silent',
      });
      expect(await ran(file, folder)).toEqual({ stdout: 'Hello you\n', stderr: '' });
    },
    2 * LIMIT_MS,
  );

  it(
    'of a Nest application is made as docs/bundling.md shows, and has a health service',
    async () => {
      const page = readFileSync(join(root, 'docs/bundling.md'), 'utf8');
      const [, script = ''] = /^```js\n\/\/ bundle\.mjs\n(.*?)^```$/ms.exec(page) ?? [];
      const project = join(folder, 'project');
      mkdirSync(join(project, 'dist'), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
      writeFileSync(join(project, 'package.json'), '{"type":"module"}');
      writeFileSync(join(project, 'bundle.mjs'), script);
      writeFileSync(join(project, 'dist/main.js'), compiled(NEST));
      await run(process.execPath, ['bundle.mjs'], { cwd: project, timeout: LIMIT_MS });

      const place = join(folder, 'place');
      mkdirSync(join(place, 'node_modules/@grpc'), { recursive: true });
      for (const name of ['grpc-js', 'proto-loader']) {
        const target = join(root, 'node_modules/@grpc', name);
        symlinkSync(target, join(place, 'node_modules/@grpc', name));
      }
      copyFileSync(join(project, 'bundle/main.mjs'), join(place, 'main.mjs'));
      copyFileSync(join(root, 'proto/helloworld.proto'), join(place, 'helloworld.proto'));
      expect(await ran('main.mjs', place)).toEqual({
        stdout: 'Hello you\nhealth 0801\n',
        stderr: '',
      });
    },
    3 * LIMIT_MS,
  );
});

function compiled(code: string): string {
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  return ts.transpileModule(code, { compilerOptions: options }).outputText;
}
