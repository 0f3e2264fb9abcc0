import { describe, expect, it } from '@jest/globals';
import { checkAddress } from './address-check.js';

const LOCAL = 'http://127.0.0.1:2379';
const REMOTE = 'http://etcd.internal:2379';

const checked = (address: string, hosts: string) =>
  checkAddress(
    {
      id: 'greeter-1',
      service: 'greeter',
      address,
      version: '',
      weight: 100,
      locality: { region: '', zone: '', subZone: '' },
      metadata: {},
      startedAt: '2026-01-01T00:00:00.000Z',
    },
    { hosts },
  );

describe('the address of an instance', () => {
  it.each([
    ['127.0.0.1:50051', REMOTE, 'each client on another host dials itself'],
    ['127.1.2.3:50051', REMOTE, 'each client on another host dials itself'],
    ['localhost:50051', REMOTE, 'each client on another host dials itself'],
    ['LOCALHOST.:50051', REMOTE, 'each client on another host dials itself'],
    ['greeter.localhost:50051', REMOTE, 'each client on another host dials itself'],
    ['[::1]:50051', REMOTE, 'each client on another host dials itself'],
    ['[0:0:0:0:0:0:0:1]:50051', REMOTE, 'each client on another host dials itself'],
    ['[::ffff:127.0.0.1]:50051', REMOTE, 'each client on another host dials itself'],
    ['[::ffff:0.0.0.0]:50051', LOCAL, 'no other host can dial'],
    ['169.254.1.1:50051', LOCAL, 'no other host can dial'],
    ['[fe80::1]:50051', LOCAL, 'no other host can dial'],
    ['224.0.0.1:50051', REMOTE, 'no other host can dial'],
    ['255.255.255.255:50051', REMOTE, 'no other host can dial'],
    ['[ff02::1]:50051', REMOTE, 'no other host can dial'],
  ])('is reported with a remedy: %s with etcd at %s', (address, hosts, told) => {
    const [finding, ...others] = checked(address, hosts);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level: 'hint', subject: 'address' });
    for (const part of [`greeter/greeter-1 is registered at ${address}`, told, 'url'])
      expect(finding?.text).toContain(part);
    expect(finding?.text).toContain('advertisedAddress');
    expect(finding?.text).toContain('DISCOVERY_ADVERTISED_ADDRESS');
  });

  it.each([
    ['127.0.0.1:50051', LOCAL],
    ['localhost:50051', 'http://localhost:2379'],
    ['localhost:50051', 'http://[::1]:2379'],
    ['127.0.0.1:50051', `${REMOTE},${LOCAL}`],
    ['10.0.0.7:50051', REMOTE],
    ['10.0.0.7:50051', LOCAL],
    ['localhost.example.com:50051', REMOTE],
    ['[2001:db8::1]:50051', REMOTE],
  ])('is none to tell of: %s with etcd at %s', (address, hosts) => {
    expect(checked(address, hosts)).toEqual([]);
  });
});
