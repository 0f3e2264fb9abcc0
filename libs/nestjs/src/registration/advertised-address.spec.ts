import { describe, expect, it } from '@jest/globals';
import { InvalidAdvertisedAddressError } from '../errors.js';
import { advertisedAddress, type AdvertisedAddressSources } from './advertised-address.js';
import { parseServerUrl } from './server-url.js';

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
      await expect(refused).rejects.toThrow(InvalidAdvertisedAddressError);
      await expect(refused).rejects.toThrow(/service\.advertisedAddress must be/);
    },
  );

  it('names the variable that is wrong', async () => {
    const environment = { DISCOVERY_ADVERTISED_ADDRESS: '0.0.0.0' };
    const refused = advertisedAddress({ ...sources, environment });
    await expect(refused).rejects.toThrow(/DISCOVERY_ADVERTISED_ADDRESS must be/);
  });
});
