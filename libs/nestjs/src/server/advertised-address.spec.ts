import { describe, expect, it } from '@jest/globals';
import { isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import {
  advertisedAddress,
  type AdvertisedAddressSources,
  loopbackWarning,
} from './advertised-address.js';
import { parseServerUrl } from './bound-server.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

const sources: AdvertisedAddressSources = {
  option: undefined,
  environment: {},
  url: parseServerUrl('0.0.0.0:0'),
  boundPort: 4711,
  registryHosts: ['http://127.0.0.1:2379'],
};

describe('advertisedAddress', () => {
  it('takes the option before everything else', async () => {
    const environment = { DISCOVERY_ADVERTISED_ADDRESS: 'from-env:1' };
    const address = await advertisedAddress({ ...sources, environment, option: 'from-option:2' });
    expect(address).toBe('from-option:2');
  });

  it('takes the variable where there is no option', async () => {
    const environment = { DISCOVERY_ADVERTISED_ADDRESS: 'from-env:1' };
    expect(await advertisedAddress({ ...sources, environment })).toBe('from-env:1');
  });

  it.each([
    ['greeter.local', 'greeter.local:4711'],
    ['10.1.2.3', '10.1.2.3:4711'],
    ['::1', '[::1]:4711'],
    ['[fd00::1]', '[fd00::1]:4711'],
    ['[fd00::1]:80', '[fd00::1]:80'],
  ])('completes the option %s to %s', async (option, expected) => {
    expect(await advertisedAddress({ ...sources, option })).toBe(expected);
  });

  it('takes the bound host where it is one interface', async () => {
    const url = parseServerUrl('[::1]:0');
    expect(await advertisedAddress({ ...sources, url })).toBe('[::1]:4711');
  });

  it('takes the interface that routes to the registry where every one is bound', async () => {
    expect(await advertisedAddress(sources)).toBe('127.0.0.1:4711');
    const registryHosts = ['http://[::1]:2379'];
    const url = parseServerUrl('[::]:0');
    expect(await advertisedAddress({ ...sources, url, registryHosts })).toBe('[::1]:4711');
  });

  it('never takes a wildcard, also where the registry cannot be looked up', async () => {
    const registryHosts = ['http://no-such-host.invalid:2379'];
    const address = await advertisedAddress({ ...sources, registryHosts });
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+:4711$/);
    expect(address).not.toMatch(/^0\.0\.0\.0/);
  });

  it.each(['', '0.0.0.0', '0.0.0.0:80', '[::]:80', '::', 'a b', 'host:0', 'host:99999', ':80'])(
    'refuses the option "%s"',
    async (option) => {
      const refused = advertisedAddress({ ...sources, option });
      await expect(refused).rejects.toThrow(InvalidOptionError);
      await expect(refused).rejects.toThrow(/service\.advertisedAddress must be/);
    },
  );

  const of = (address: string): NetworkInterfaceInfo => ({
    address,
    netmask: '',
    family: isIPv6(address) ? 'IPv6' : 'IPv4',
    mac: '',
    internal: address.startsWith('127.'),
    cidr: null,
    scopeid: 0,
  });
  const interfaces = {
    lo: ['127.0.0.1', '::1'].map(of),
    eth0: ['10.1.2.3', 'fd00::7', 'fe80::1'].map(of),
    eth1: ['192.168.7.9'].map(of),
    'eth1:0': ['192.168.7.10'].map(of),
    docker0: ['172.17.0.1', '172.18.0.1', '169.254.0.1'].map(of),
    v6: ['fd01::1'].map(of),
  };

  it.each([
    ['0.0.0.0:0', 'eth0', '10.1.2.3:4711'],
    ['0.0.0.0:0', 'eth0:80', '10.1.2.3:80'],
    ['[::]:0', 'eth0', '10.1.2.3:4711'],
    ['0.0.0.0:0', 'eth1:0', '192.168.7.10:4711'],
    ['[::]:0', 'v6', '[fd01::1]:4711'],
    ['127.0.0.1:0', 'lo', '127.0.0.1:4711'],
    ['[::1]:0', 'lo', '127.0.0.1:4711'],
    ['0.0.0.0:0', '10.0.0.0/8', '10.1.2.3:4711'],
    ['0.0.0.0:0', '10.0.0.0/8:80', '10.1.2.3:80'],
    ['0.0.0.0:0', '192.168.7.9/32', '192.168.7.9:4711'],
    ['[::]:0', 'fd00::/16', '[fd00::7]:4711'],
    ['[::]:0', '[fd00::/16]:80', '[fd00::7]:80'],
    ['10.1.2.3:0', '0.0.0.0/0', '10.1.2.3:4711'],
    ['orders.internal:0', '10.0.0.0/8', '10.1.2.3:4711'],
  ])('bound to %s, takes the one address of %s', async (bound, option, expected) => {
    const url = parseServerUrl(bound);
    expect(await advertisedAddress({ ...sources, url, option, interfaces })).toBe(expected);
  });

  it.each([
    ['0.0.0.0:0', 'docker0', 'which has 172.17.0.1, 172.18.0.1'],
    ['0.0.0.0:0', '0.0.0.0/0', 'which has 127.0.0.1, 10.1.2.3, '],
    ['[::]:0', 'fd00::/8', 'which has fd00::7, fd01::1'],
    ['0.0.0.0:0', 'eth7', 'which has none'],
    ['0.0.0.0:0', 'enp0s31f6:80', 'which has none'],
    ['0.0.0.0:0', '10.2.0.0/16', 'which has none'],
    ['0.0.0.0:0', 'fe80::/10', 'which has none'],
    ['0.0.0.0:0', 'v6', 'which has fd01::1, where the server does not listen'],
    ['0.0.0.0:0', 'fd00::/8', 'where the server does not listen'],
    ['localhost:5000', 'eth0', 'where the server does not listen'],
    ['10.1.2.3:0', 'eth1', 'where the server does not listen'],
  ])('bound to %s, refuses %s, and lists what there is', async (bound, option, found) => {
    const url = parseServerUrl(bound);
    const refused = advertisedAddress({ ...sources, url, option, interfaces });
    await expect(refused).rejects.toThrow(InvalidOptionError);
    await expect(refused).rejects.toThrow(found);
    await expect(refused).rejects.toThrow(/^service\.advertisedAddress must be an interface or a/);
    await expect(refused).rejects.toThrow(
      'This host has lo 127.0.0.1, lo ::1, eth0 10.1.2.3, eth0 fd00::7, eth1 192.168.7.9',
    );
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0/8',
    'fd00::/129',
    'eth0/8',
    '10.0.0.0/8:0',
    'eth0:0',
    '\u001b[2J/8',
    'fd00::/8:80',
  ])('refuses %j, which is no network', async (option) => {
    const refused = advertisedAddress({ ...sources, option, interfaces });
    await expect(refused).rejects.toThrow(InvalidOptionError);
    // eslint-disable-next-line no-control-regex
    await expect(refused).rejects.toThrow(/^[^\u0000-\u001f]*$/);
  });

  it.each(['greeter', 'en', 'ethernet', 'lo.example', 'eth0.orders.svc'])(
    'takes %s for a host',
    async (option) => {
      const address = await advertisedAddress({ ...sources, option, interfaces });
      expect(address).toBe(`${option}:4711`);
    },
  );

  it('names the variable that is wrong', async () => {
    const environment = { DISCOVERY_ADVERTISED_ADDRESS: '0.0.0.0' };
    const refused = advertisedAddress({ ...sources, environment });
    await expect(refused).rejects.toThrow(/DISCOVERY_ADVERTISED_ADDRESS must be/);
  });
});

describe('A warning of a loopback address', () => {
  const elsewhere = ['http://etcd:2379', 'https://10.0.0.9:2379'];

  it.each([
    'localhost:5000',
    '127.0.0.1:1',
    '127.8.8.8:1',
    '[::1]:1',
    '[::ffff:127.0.0.1]:1',
    'greeter.localhost:1',
  ])('is given of %s, with the ways out', (address) => {
    const warning = loopbackWarning(address, elsewhere);
    expect(warning).toContain(address);
    for (const remedy of [
      "'0.0.0.0:0'",
      'service.advertisedAddress',
      'DISCOVERY_ADVERTISED_ADDRESS',
    ]) {
      expect(warning).toContain(remedy);
    }
  });

  it.each([
    '10.1.2.3:1',
    'greeter:1',
    '[fd00::1]:1',
    '[1::1]:1',
    'localhost.example:1',
    '128.0.0.1:1',
  ])('is not given of %s', (address) => {
    expect(loopbackWarning(address, elsewhere)).toBeUndefined();
  });

  it.each([['http://localhost:2379'], ['http://127.0.0.1:2379'], ['https://[::1]:2379'], []])(
    'is not given where the registry is at %j',
    (...hosts) => {
      expect(loopbackWarning('localhost:5000', hosts)).toBeUndefined();
    },
  );
});
