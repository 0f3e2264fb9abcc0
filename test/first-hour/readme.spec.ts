import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, tsBlocks } from '../markdown-samples.js';
import { applications, compilerOptions, firstCall, install, readmeSamples } from './first-call.js';
import { UserProject } from './user-project.js';
import { describeWithNpm } from '../user-shell.js';

const nest = '@nestjs/common@^11.1.19 @nestjs/core@^11.1.19 @nestjs/platform-express@^11.1.19';
const others = `${nest} @nestjs/testing@^11.1.19 reflect-metadata@^0.2.2 rxjs@^7.8.1`;
const tools = 'typescript@^5.9.0 @types/node@^24.0.0 @jest/globals@^30.0.0';

/** Neighbours that the README does not show. */
const unseen = { 'gateway/app.module.ts': 'export class AppModule {}' };

describe('The README of a package', () => {
  /** What every Nest project has. */
  const ofNest = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];

  interface Manifest {
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  }

  it.each(['nestjs', 'balancing', 'registry', 'embedded-etcd', 'cli', 'schematics'])(
    'of %s installs it, and what it needs beside it',
    (name) => {
      const text = readFileSync(join(root, `libs/${name}/README.md`), 'utf8');
      const [, line = ''] = /^npm install (.*)$/m.exec(text) ?? [];
      const installed = line.split(' ').map((it) => it.replace(/(?<=.)@.*$/, ''));
      const manifest = JSON.parse(
        readFileSync(join(root, `libs/${name}/package.json`), 'utf8'),
      ) as Manifest;
      const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
      const needed = Object.keys(peerDependencies).filter(
        (it) => !peerDependenciesMeta[it]?.optional && !ofNest.includes(it),
      );
      expect(installed).toEqual(expect.arrayContaining([`@grpc-discovery/${name}`, ...needed]));
    },
  );
});

describeWithNpm('The README, from packed packages in an empty folder', () => {
  const project = new UserProject();
  beforeAll(async () => {
    await project.pack();
    project.write({ 'package.json': '{ "private": true }' });
    await project.install(
      `${install.replace('microservices', 'microservices@^11.1.19')} ${others} ${tools}`,
    );
    const samples = readmeSamples('contracts', 'greeter', 'gateway');
    project.write({ ...unseen, ...samples, ...applications });
  }, 600_000);
  afterAll(() => project.end());

  it('shows how to install, a contract and code that imports nothing private', () => {
    expect(install).toContain('@grpc-discovery/nestjs');
    expect(applications['proto/greeter.proto']).toContain('service Greeter');
    for (const code of Object.values(applications)) expect(code).not.toBe('');
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const imported = Object.values(tsBlocks(readme)).join('');
    expect(imported).toContain('@grpc-discovery/nestjs');
    expect(imported).not.toMatch(/@grpc-discovery\/(proto|test-support)/);
  });

  it.each([
    ['ES modules', 'module', 'esm'],
    ['CommonJS', 'commonjs', 'cjs'],
  ])('compiles as %s, and makes a balanced call', async (_, type, outDir) => {
    project.write({
      'package.json': JSON.stringify({ private: true, type }),
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...compilerOptions, outDir },
        include: ['contracts', 'greeter', 'gateway'],
      }),
    });
    expect(await project.sh('npx tsc -p .')).toBe('');
    expect(project.read(`${outDir}/greeter/main.js`)).toContain(
      type === 'module' ? 'import ' : 'require(',
    );
    expect(await firstCall(project, outDir)).toBe('Hello you');
  });
});
