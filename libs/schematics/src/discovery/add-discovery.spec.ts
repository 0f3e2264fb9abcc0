import { describe, expect, it } from '@jest/globals';
import { application, MemoryFiles, monorepo } from '../spec/memory-files.js';
import { addDiscovery } from './add-discovery.js';

describe('discovery in an application that exists', () => {
  const path = 'src/app.module.ts';

  it.each([
    ['without imports', '@Module({ providers: [] })\nexport class AppModule {}'],
    ['with empty imports', '@Module({ imports: [] })\nexport class AppModule {}'],
    ['with imports', '@Module({ imports: [Other] })\nexport class AppModule {}'],
    [
      'with imports on lines',
      '@Module({\n  imports: [\n    Other,\n  ],\n})\nexport class AppModule {}',
    ],
  ])('is imported by a module %s, once', (_, module) => {
    const files = application();
    files.write(path, module);
    addDiscovery(files, {});
    addDiscovery(files, {});
    const text = files.read(path)!;
    expect(text.match(/DiscoveryModule\.forRoot\(/g)).toHaveLength(1);
    expect(text).toContain("import { DiscoveryModule } from '@grpc-discovery/nestjs';");
    expect(text.includes('Other')).toBe(module.includes('Other'));
  });

  it('stands on lines of its own where the module does', () => {
    const files = application();
    addDiscovery(files, {});
    addDiscovery(files, {});
    expect(files.read(path)).toBe(`import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@grpc-discovery/nestjs';

@Module({
  imports: [
    DiscoveryModule.forRoot({ etcd: { hosts: process.env['ETCD_HOSTS'] ?? 'http://127.0.0.1:2379' } }),
  ],
})
export class AppModule {}
`);
  });

  it('registers the application under a name that is given', () => {
    const files = application();
    addDiscovery(files, { name: 'orders' });
    expect(files.read(path)).toContain("service: { name: 'orders' }");
  });

  it('leaves a module that has it, in whatever form', () => {
    const files = application();
    const module = '@Module({ imports: [DiscoveryModule.forRootAsync({})] })\nclass AppModule {}';
    files.write(path, module);
    addDiscovery(files, { name: 'orders' });
    expect(files.read(path)).toBe(module);
  });

  it('adds packages of the Nest that is there', () => {
    const files = application({ dependencies: { '@nestjs/common': '^11.0.1' } });
    addDiscovery(files, {});
    expect(files.json('package.json')).toEqual({
      dependencies: {
        '@nestjs/common': '^11.0.1',
        '@grpc-discovery/nestjs': '^0.1.0',
        '@grpc/grpc-js': '~1.14.4',
        '@grpc/proto-loader': '^0.8.1',
        '@nestjs/microservices': '^11.1.19',
      },
      devDependencies: { '@nestjs/testing': '^11.0.0' },
    });
  });

  it('leaves packages as they are, wherever they stand', () => {
    const dependencies = {
      '@grpc-discovery/nestjs': 'file:../nestjs',
      '@grpc/grpc-js': '1.14.7',
      '@grpc/proto-loader': '0.8.1',
      '@nestjs/microservices': '12.1.1',
      '@nestjs/testing': '12.1.1',
    };
    const files = application({ dependencies });
    addDiscovery(files, {});
    expect(files.json('package.json')).toEqual({ dependencies });
  });

  it('changes the application of a monorepo that is named', () => {
    const files = monorepo();
    addDiscovery(files, { project: 'gateway' });
    expect(files.read('apps/gateway/src/app.module.ts')).toContain('DiscoveryModule.forRoot(');
  });

  it.each([
    ["import { DiscoveryModule } from '@nestjs/core';", 'GrpcDiscoveryModule'],
    ["import { DiscoveryModule, NestFactory } from '@nestjs/core';", 'GrpcDiscoveryModule'],
    ["import { X as DiscoveryModule } from './x';", 'GrpcDiscoveryModule'],
    ["import * as DiscoveryModule from './x';", 'GrpcDiscoveryModule'],
    ["import type { DiscoveryModule } from '@grpc-discovery/nestjs';", 'GrpcDiscoveryModule'],
    ['class DiscoveryModule {}', 'GrpcDiscoveryModule'],
    ["import { DiscoveryModule as Ours } from '@grpc-discovery/nestjs';", 'Ours'],
    ["import { DiscoveryModule } from '@grpc-discovery/nestjs';", 'DiscoveryModule'],
  ])('has a name of its own beside %j: %s', (line, local) => {
    const files = application();
    files.write(
      path,
      `${line}\n@Module({ imports: [DiscoveryModule] })\nexport class AppModule {}\n`,
    );
    addDiscovery(files, {});
    const text = files.read(path)!;
    expect(text).toContain(`imports: [DiscoveryModule, ${local}.forRoot(`);
    expect(text.match(new RegExp(`\\b${local}\\b(?= [},]|\\.forRoot)`, 'g'))).toHaveLength(2);
    addDiscovery(files, {});
    expect(files.read(path)).toBe(text);
  });
});

describe('What starts an application', () => {
  const main = 'src/main.ts';
  const start = (call: string) => `import { NestFactory } from '@nestjs/core';
import { MicroserviceOptions, Transport } from '@nestjs/microservices';
import { AppModule } from './app.module';

async function bootstrap() {
  ${call}
  await app.listen();
}
void bootstrap();
`;
  const change = (call: string, name?: string) => {
    const files = application();
    files.write(main, start(call));
    const remaining = addDiscovery(files, { name });
    const text = files.read(main)!;
    addDiscovery(files, { name });
    expect(files.read(main)).toBe(text);
    return { remaining, text };
  };

  it('gets shutdown hooks, once', () => {
    const { remaining, text } = change('const app = await NestFactory.create(AppModule);');
    expect(remaining).toEqual([]);
    expect(text).toContain(
      '  const app = await NestFactory.create(AppModule);\n  app.enableShutdownHooks();\n  await',
    );
  });

  it.each([
    [
      'const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, { transport: Transport.GRPC, options: { package: "a", protoPath } });',
      'createMicroservice<MicroserviceOptions>(AppModule, discoverable({ package: "a", protoPath }));',
    ],
    [
      'const app = await NestFactory.create(AppModule);\n  app.connectMicroservice({\n    transport: Transport.GRPC,\n    options: greeter,\n  });',
      'app.connectMicroservice(discoverable(greeter));',
    ],
  ])('has its gRPC server registered: %s', (call, expected) => {
    const { remaining, text } = change(call, 'orders');
    expect(remaining).toEqual([]);
    expect(text).toContain(expected);
    expect(text).toContain("import { discoverable } from '@grpc-discovery/nestjs';");
    expect(text).toContain('app.enableShutdownHooks();');
  });

  it.each([
    ['const app = await NestFactory.create(AppModule);'],
    ['const app = await NestFactory.createMicroservice(AppModule, options);'],
    ['const app = await NestFactory.createMicroservice(AppModule, { transport: Transport.TCP });'],
  ])('says what remains to be done where nothing would register: %s', (call) => {
    expect(change(call, 'orders').remaining).toEqual([
      expect.stringMatching(
        /src\/main\.ts has no gRPC server .*registers as "orders".*discoverable\(/s,
      ),
    ]);
  });

  it('says that hooks remain where the application has no name', () => {
    const { remaining } = change(
      '(await NestFactory.create(AppModule)).listen(3000); let app: any;',
    );
    expect(remaining).toEqual([expect.stringContaining('call app.enableShutdownHooks()')]);
  });

  it('is found by what main.ts imports, whatever its module is called', () => {
    const files = application();
    files.write('src/shop.ts', files.read('src/app.module.ts')!);
    const others = new Map(Object.entries(files.all));
    others.delete('src/app.module.ts');
    const renamed = new MemoryFiles(Object.fromEntries(others));
    renamed.write(
      main,
      start('const app = await NestFactory.create(AppModule);').replace('./app.module', './shop'),
    );
    addDiscovery(renamed, {});
    expect(renamed.read('src/shop.ts')).toContain('DiscoveryModule.forRoot(');
  });
});
