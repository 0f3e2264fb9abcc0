import {
  createMemoryRegistry,
  InvalidOptionError,
  MemoryStore,
  type Registry,
} from '@grpc-discovery/registry';
import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DiscoveryModule } from './discovery.module.js';
import type { DiscoveryModuleOptions } from './discovery.options.js';
import { DISCOVERY_REGISTRY } from './discovery.tokens.js';

const quiet = { logger: false, abortOnError: false } as const;
const etcd = { hosts: 'http://127.0.0.1:2379' };
const name = 'greeter';

describe('DiscoveryModule.forRoot', () => {
  it.each([
    [InvalidOptionError, 'hosts', '', { etcd: { hosts: '' } }],
    [InvalidOptionError, 'hosts', 'ftp', { etcd: { hosts: 'ftp://etcd' } }],
    [InvalidOptionError, 'hosts', 'an empty list', { etcd: { hosts: [] } }],
    [InvalidOptionError, 'namespace', 'a/b', { etcd: { ...etcd, namespace: 'a/b' } }],
    [InvalidOptionError, 'leaseTtlSeconds', '1', { etcd: { ...etcd, leaseTtlSeconds: 1 } }],
    [InvalidOptionError, 'service', '', { etcd, service: { name: '' } }],
    [InvalidOptionError, 'service', 'a/b', { etcd, service: { name: 'a/b' } }],
    [InvalidOptionError, 'weight', '-1', { etcd, service: { name, weight: -1 } }],
    [InvalidOptionError, 'weight', '0.5', { etcd, service: { name, weight: 0.5 } }],
    [
      InvalidOptionError,
      'service.advertisedAddress',
      '0.0.0.0',
      { etcd, service: { name, advertisedAddress: '0.0.0.0' } },
    ],
    [InvalidOptionError, 'drain.graceMs', 'NaN', { etcd, drain: { graceMs: NaN } }],
  ] satisfies [unknown, string, string, DiscoveryModuleOptions][])(
    'throws %p that names the option %s and what was given: %j',
    (error, option, given, options) => {
      const define = () => DiscoveryModule.forRoot(options);
      expect(define).toThrow(error);
      expect(define).toThrow(InvalidOptionError);
      expect(define).toThrow(option);
      expect(define).toThrow(given);
    },
  );

  it('never shows the password of a host', () => {
    const define = () => DiscoveryModule.forRoot({ etcd: { hosts: 'http://me:secret@etcd:2379' } });
    expect(define).toThrow(InvalidOptionError);
    expect(define).not.toThrow(/secret/);
  });
});

describe('DiscoveryModule.forRootAsync', () => {
  const store = new MemoryStore();

  @Injectable()
  class Settings {
    readonly registry = createMemoryRegistry(store);
  }

  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}

  it('takes options from injected providers', async () => {
    @Module({
      imports: [
        DiscoveryModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: async ({ registry }: Settings) => Promise.resolve({ registry }),
        }),
      ],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, quiet);
    expect(app.get<Registry>(DISCOVERY_REGISTRY)).toBe(app.get(Settings).registry);
    await app.close();
  });

  it('fails at start on options that break a rule', async () => {
    @Module({
      imports: [DiscoveryModule.forRootAsync({ useFactory: () => ({ etcd: { hosts: '' } }) })],
    })
    class AppModule {}
    const start = NestFactory.createApplicationContext(AppModule, quiet);
    await expect(start).rejects.toThrow(InvalidOptionError);
  });
});
