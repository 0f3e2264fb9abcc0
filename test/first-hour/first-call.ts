import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, until } from '@grpc-discovery/test-support';
import { root, tsBlocks, type Samples } from '../markdown-samples.js';
import type { UserProject } from './user-project.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, installLine = ''] = /^(npm install @grpc-discovery\/nestjs.*)$/m.exec(readme) ?? [];
const [, proto = ''] = /^```proto\n(.*?)^```$/ms.exec(readme) ?? [];

/** The line by which the README installs. */
export const install = installLine;

/** Samples of the README that are an application each, and the contract that it shows. */
export function readmeSamples(...folders: readonly string[]): Samples {
  const blocks = Object.entries(tsBlocks(readme)).filter(([name]) =>
    folders.some((folder) => name.startsWith(`${folder}/`)),
  );
  return { ...Object.fromEntries(blocks), 'proto/greeter.proto': proto };
}

/** What Nest needs of the compiler, for either kind of module. */
export const compilerOptions = {
  module: 'nodenext',
  target: 'ES2023',
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  strict: true,
  types: ['node'],
  rootDir: '.',
};

/** Nest's own way to start an HTTP application. */
const gatewayMain = `import { NestFactory } from '@nestjs/core';
import { GatewayModule } from './gateway.module.js';

async function bootstrap() {
  const app = await NestFactory.create(GatewayModule);
  app.enableShutdownHooks();
  await app.listen(Number(process.argv[2]), '127.0.0.1');
}
bootstrap();
`;

/** A service, a gateway and their contract, of the README alone. */
export const applications: Samples = {
  ...pick(readmeSamples('contracts', 'greeter', 'gateway'), [
    'proto/greeter.proto',
    'contracts/greeter.contract.ts',
    'greeter/app.module.ts',
    'greeter/main.ts',
    'gateway/greeter.client.ts',
    'gateway/gateway.module.ts',
  ]),
  'gateway/main.ts': gatewayMain,
};

function pick(samples: Samples, names: readonly string[]): Samples {
  return Object.fromEntries(names.map((name) => [name, samples[name] ?? '']));
}

/**
 * Starts an etcd, the service and the gateway, compiled, and asks the gateway.
 * @param dist Where the compiled samples are.
 * @param modules Where the packages are.
 */
export async function firstCall(
  project: UserProject,
  dist: string,
  modules = 'node_modules',
): Promise<string> {
  const [etcd, http] = await freePorts(2);
  const bin = `${modules}/@grpc-discovery/embedded-etcd/dist/bin/embedded-etcd.js`;
  project.start(bin, ['--port', String(etcd)]);
  for (const name of ['greeter/app.module', 'gateway/gateway.module']) {
    const path = `${dist}/${name}.js`;
    project.write({ [path]: project.read(path).replace('127.0.0.1:2379', `127.0.0.1:${etcd}`) });
  }
  project.start(`${dist}/greeter/main.js`);
  project.start(`${dist}/gateway/main.js`, [String(http)]);
  return until(
    'the gateway answers',
    async () => {
      const response = await fetch(`http://127.0.0.1:${http}/hello/you`);
      return response.ok ? response.text() : undefined;
    },
    { timeoutMs: 90_000, everyMs: 100 },
  );
}
