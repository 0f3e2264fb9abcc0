import { describe, expect, it } from '@jest/globals';
import { application, monorepo } from '../spec/memory-files.js';
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
});
