import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { addClient } from '../client/add-client.js';
import { addDiscovery } from '../discovery/add-discovery.js';
import { UnreadableFileError } from '../errors.js';
import { remakeContracts } from '../contracts/remake-contracts.js';
import { addService } from '../service/add-service.js';
import { monorepo, type MemoryFiles } from '../spec/memory-files.js';

/** Each schematic, on a workspace whose service "orders" is there. */
const schematics = {
  'grpc-service': (files: MemoryFiles) => addService(files, { name: 'stock' }),
  'grpc-client': (files: MemoryFiles) => addClient(files, { name: 'orders', project: 'gateway' }),
  discovery: (files: MemoryFiles) => addDiscovery(files, { name: 'gateway', project: 'gateway' }),
  'grpc-contracts': (files: MemoryFiles) => remakeContracts(files, { project: 'gateway' }),
};

function shop(): MemoryFiles {
  const files = monorepo();
  addService(files, { name: 'orders' });
  return files;
}

describe('A file that is broken', () => {
  it.each([
    ['package.json', '{ "dependencies": {', 'is no JSON: line 1', 'grpc-service'],
    ['package.json', '[]', 'should have a JSON object, has []', 'grpc-client'],
    ['package.json', 'null', 'should have a JSON object, has null', 'discovery'],
    ['nest-cli.json', '{ "projects": { ', 'is no JSON', 'grpc-service'],
    ['nest-cli.json', '{\n  "projects" }', 'is no JSON: line 2', 'grpc-client'],
    ['nest-cli.json', 'nonsense', 'is no JSON', 'discovery'],
    ['nest-cli.json', '', 'is no JSON', 'grpc-contracts'],
    ['tsconfig.json', '{ "compilerOptions": ', 'is no JSON', 'grpc-client'],
    ['docker-compose.yml', 'services: [', 'is no YAML', 'grpc-service'],
    ['docker-compose.yml', 'a: 1\n b: 2', 'is no YAML', 'grpc-service'],
    ['docker-compose.yml', '- a', 'should have a mapping with "services"', 'grpc-service'],
    ['docker-compose.yml', 'services: []', 'a mapping under "services"', 'grpc-service'],
    ['docker-compose.yml', 'services: 7', 'a mapping under "services"', 'grpc-service'],
    ['package.json', '{ "dependencies": "none" }', 'an object at "dependencies"', 'grpc-client'],
    ['apps/gateway/src/app.module.ts', 'class {{', 'is no TypeScript: line 1', 'grpc-client'],
    ['apps/gateway/src/app.module.ts', '\n@Module({', 'is no TypeScript: line 2', 'discovery'],
    ['apps/gateway/src/main.ts', 'await (', 'is no TypeScript: line 1', 'discovery'],
  ] as const)('%s of %j is named, with what is wrong: %s', (path, text, reality, schematic) => {
    const files = shop();
    files.write(path, text);
    const run = () => schematics[schematic](files);
    expect(run).toThrow(UnreadableFileError);
    expect(run).toThrow(`${path} `);
    expect(run).toThrow(reality);
  });

  it.each([
    ['null dependencies', 'package.json', '{ "dependencies": null, "devDependencies": null }'],
    ['null projects', 'nest-cli.json', '{ "monorepo": true, "projects": null }'],
    ['comments and trailing commas', 'tsconfig.json', '{ // a\n "references": [], }'],
    ['a mark of its byte order', 'package.json', '\uFEFF{ "type": "module" }'],
  ])('is not one with %s', (_, path, text) => {
    const files = monorepo();
    files.write(path, text);
    addService(files, { name: 'orders' });
    expect(files.paths).toContain('apps/orders/src/main.ts');
  });
});

describe('A compose file', () => {
  it.each(['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'])(
    'is seen as %s, and keeps its name and comments',
    (path) => {
      const files = monorepo();
      files.write(path, '# ours\nservices:\n  etcd:\n    image: ours # and this\n');
      addService(files, { name: 'orders' });
      expect(files.paths.filter((it) => it.includes('compose'))).toEqual([path]);
      expect(files.read(path)).toContain('# ours');
      const { services } = parse(files.read(path)!);
      expect(services.etcd).toEqual({ image: 'ours' });
      expect(services.orders.build.args).toEqual({ APP: 'orders' });
    },
  );

  it.each(['', 'services:\n', 'services: {}\n', 'services: ~\n', '# nothing\n', 'volumes: {}\n'])(
    'of %j gets its services',
    (text) => {
      const files = monorepo();
      files.write('compose.yaml', text);
      addService(files, { name: 'orders' });
      const { services } = parse(files.read('compose.yaml')!);
      expect(Object.keys(services)).toEqual(['etcd', 'orders']);
      const before = files.all;
      addService(files, { name: 'orders' });
      expect(files.all).toEqual(before);
    },
  );
});

describe('The Dockerfile', () => {
  it.each([
    ['tsc -b', 'RUN npm run build && npm prune'],
    ['nest build', 'RUN npx nest build $APP && npm prune'],
    [undefined, 'RUN npx nest build $APP && npm prune'],
  ])('builds its own application where "build" is %j', (build, line) => {
    const files = monorepo({ type: 'module', scripts: { build } });
    addService(files, { name: 'orders' });
    expect(files.read('discovery.Dockerfile')).toContain(line);
  });
});
