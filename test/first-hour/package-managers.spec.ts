import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { applications, compilerOptions, firstCall } from './first-call.js';
import { UserProject } from './user-project.js';
import { describeWithNpm } from '../user-shell.js';

/** A package of the workspace with all that the README installs. */
const manifest = (grpcJs: string) =>
  JSON.stringify({
    name: 'shop',
    private: true,
    type: 'module',
    dependencies: {
      '@grpc-discovery/nestjs': '*',
      '@grpc-discovery/embedded-etcd': '*',
      '@nestjs/common': '^11.1.19',
      '@nestjs/core': '^11.1.19',
      '@nestjs/platform-express': '^11.1.19',
      '@nestjs/microservices': '^11.1.19',
      '@grpc/grpc-js': grpcJs,
      '@grpc/proto-loader': '^0.8.1',
      'reflect-metadata': '^0.2.2',
      rxjs: '^7.8.1',
      typescript: '^5.9.0',
      '@types/node': '^24.0.0',
    },
  });

const tsconfig = JSON.stringify({
  compilerOptions: { ...compilerOptions, outDir: 'dist' },
  exclude: ['dist'],
});

describeWithNpm('A pnpm workspace', () => {
  const project = new UserProject();
  const pnpm = (line: string) => project.sh(`npx --yes pnpm@10 ${line}`);
  beforeAll(async () => {
    await project.pack();
    const overrides = Object.entries(project.tarballs).map(
      ([name, file]) => `  '${name}': ${file}`,
    );
    project.write({
      'package.json': '{ "private": true }',
      'pnpm-workspace.yaml': `packages: [apps/*]\noverrides:\n${overrides.join('\n')}\n`,
      'apps/shop/package.json': manifest('~1.14.4'),
      'apps/shop/tsconfig.json': tsconfig,
    });
    project.write(
      Object.fromEntries(
        Object.entries(applications).map(([name, code]) => {
          // Programs are started in the root of the workspace.
          const path = name.endsWith('.proto') ? name : `apps/shop/${name}`;
          return [path, code];
        }),
      ),
    );
    await pnpm('install --ignore-scripts');
  }, 600_000);
  afterAll(() => project.end());

  it('makes a balanced call', async () => {
    await project.sh('cd apps/shop && npx tsc -p .');
    const modules = 'apps/shop/node_modules';
    expect(await firstCall(project, 'apps/shop/dist', modules)).toBe('Hello you');
  });

  it('is logged with path and version when it has gone on with a grpc-js of another minor', async () => {
    project.write({ 'apps/shop/package.json': manifest('1.13.4') });
    await pnpm('install --ignore-scripts --no-frozen-lockfile');
    const started = project.sh('node apps/shop/dist/gateway/main.js 0');
    await expect(started).rejects.toThrow(
      /UnsupportedGrpcJsError: @grpc\/grpc-js 1\.13\.4 at \S+grpc-js@1\.13\.4\S+ is of another version/,
    );
  });
});
