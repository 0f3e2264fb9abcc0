import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { InvalidNameError, UnsupportedWorkspaceError } from '../errors.js';
import { application, MemoryFiles, monorepo } from '../spec/memory-files.js';
import { addService } from './add-service.js';

describe('a new service', () => {
  it('has contract, sources, specs, build and deployment', () => {
    const files = monorepo();
    addService(files, { name: 'order-items' });
    const root = 'apps/order-items';
    expect(files.paths.filter((path) => path.includes('order-items'))).toEqual([
      `${root}/src/contracts/order-items.contract.ts`,
      `${root}/src/environment.ts`,
      `${root}/src/main.ts`,
      `${root}/src/order-items.controller.spec.ts`,
      `${root}/src/order-items.controller.ts`,
      `${root}/src/order-items.e2e.spec.ts`,
      `${root}/src/order-items.module.ts`,
      `${root}/src/testing/order-items.client.ts`,
      `${root}/tsconfig.app.json`,
      'proto/order-items.proto',
    ]);
    expect(files.json('nest-cli.json')).toMatchObject({
      projects: { gateway: {}, 'order-items': { root, sourceRoot: `${root}/src` } },
    });
    expect(files.read('tsconfig.json')).toContain('// The solution.');
    expect(files.read('tsconfig.json')).toContain('"./apps/order-items/tsconfig.app.json"');
    expect(Object.keys(parse(files.read('docker-compose.yml')!).services)).toEqual([
      'etcd',
      'order-items',
    ]);
    // A shell in between would keep SIGTERM to itself, and nothing would drain.
    expect(files.read('discovery.Dockerfile')).toContain('exec node');
    expect(files.read(`${root}/src/order-items.e2e.spec.ts`)).toContain('createTestFleet');
    expect(files.json('package.json')).toMatchObject({
      dependencies: { '@grpc-discovery/nestjs': '^0.1.0', '@nestjs/microservices': '^12.0.0' },
    });
  });

  it('changes nothing when it is there, and leaves what people have edited', () => {
    const files = monorepo();
    addService(files, { name: 'orders' });
    const controller = 'apps/orders/src/orders.controller.ts';
    files.write(controller, '// mine');
    const before = files.all;
    addService(files, { name: 'orders' });
    expect(files.all).toEqual(before);
  });

  it('makes the TypeScript of a contract anew that has changed', () => {
    const files = monorepo();
    addService(files, { name: 'orders' });
    const proto = files.read('proto/orders.proto')!;
    files.write('proto/orders.proto', proto.replace('string name = 1;', 'uint64 number = 1;'));
    addService(files, { name: 'orders' });
    expect(files.read('apps/orders/src/contracts/orders.contract.ts')).toContain('number: string;');
  });

  it('is CommonJS in a workspace of CommonJS, and of the same Nest', () => {
    const files = monorepo({ dependencies: { '@nestjs/common': '^11.1.0' } });
    addService(files, { name: 'orders' });
    const main = files.read('apps/orders/src/main.ts')!;
    expect(main).toContain("from './orders.module';");
    expect(main).toContain('void bootstrap();');
    expect(files.json('package.json')).toMatchObject({
      dependencies: { '@nestjs/microservices': '^11.1.19' },
    });
  });

  it('has specs for the runner of the workspace', () => {
    const files = monorepo({ type: 'module', devDependencies: { vitest: '^4.0.0' } });
    addService(files, { name: 'orders' });
    expect(files.read('apps/orders/src/orders.e2e.spec.ts')).toContain("from 'vitest'");
  });

  it('keeps the services and comments of a compose file', () => {
    const files = monorepo();
    files.write('docker-compose.yml', '# ours\nservices:\n  etcd:\n    image: ours\n');
    addService(files, { name: 'orders' });
    const compose = files.read('docker-compose.yml')!;
    expect(compose).toContain('# ours');
    expect(parse(compose).services.etcd).toEqual({ image: 'ours' });
  });

  it('leaves specs out of the build, unless they are run as JavaScript', () => {
    const compiled = { type: 'module', jest: { testMatch: ['<rootDir>/dist/**/*.spec.js'] } };
    for (const [files, exclude] of [
      [monorepo(), ['**/*.spec.ts']],
      [monorepo(compiled), undefined],
    ] as const) {
      addService(files, { name: 'orders' });
      expect(files.json('apps/orders/tsconfig.app.json')).toHaveProperty('include', ['src']);
      expect((files.json('apps/orders/tsconfig.app.json') as { exclude?: object }).exclude).toEqual(
        exclude,
      );
    }
  });

  it.each(['', 'Orders', 'order items', '../orders', '1st', 'a--b', 'a-'])(
    'refuses the name %j',
    (name) => {
      const files = monorepo();
      const before = files.all;
      expect(() => addService(files, { name })).toThrow(InvalidNameError);
      expect(files.all).toEqual(before);
    },
  );

  it('refuses a folder without a workspace, a single application, and an old module resolution', () => {
    const old = monorepo();
    old.write('tsconfig.json', '{ "compilerOptions": { "module": "commonjs" } }');
    for (const [files, text] of [
      [new MemoryFiles(), 'no package.json'],
      [application(), 'discovery orders'],
      [old, 'by "commonjs"'],
    ] as const) {
      expect(() => addService(files, { name: 'orders' })).toThrow(UnsupportedWorkspaceError);
      expect(() => addService(files, { name: 'orders' })).toThrow(text);
    }
  });
});
