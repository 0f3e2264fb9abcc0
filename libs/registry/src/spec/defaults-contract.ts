import { expect, it } from '@jest/globals';
import { hostname } from 'node:os';
import { InvalidOptionError } from '../errors/registry-errors.js';
import type { Registry } from '../registry.js';
import { anInstance } from './instances.js';
import { RecordedWatch } from './watches.js';

const REQUIRED = { service: 'greeter', address: '127.0.0.1:50051' };

/** What a registrar fills in. `registries` gives two that see each other, fresh for each spec. */
export function itFillsInInstances(registries: () => { ours: Registry; theirs: Registry }) {
  it('fills in what an instance leaves out, and shows it to its owner and to others', async () => {
    const { ours, theirs } = registries();
    const before = Date.now();
    const registration = ours.registrar.register(REQUIRED);
    const { instance } = registration;
    expect(instance).toEqual({
      ...REQUIRED,
      id: expect.stringMatching(/-[0-9a-f]{8}$/),
      version: '',
      weight: 100,
      locality: { region: '', zone: '', subZone: '' },
      metadata: {},
      startedAt: expect.any(String),
    });
    expect(instance.id).toBe(`${hostname()}${instance.id.slice(-9)}`);
    expect(Date.parse(instance.startedAt)).toBeGreaterThanOrEqual(before - 1);
    expect(Date.parse(instance.startedAt)).toBeLessThanOrEqual(Date.now());
    await registration.whenRegistered();
    expect(ours.describe().registrar.registrations).toMatchObject([{ id: instance.id }]);
    const watch = new RecordedWatch(theirs, 'greeter');
    expect((await watch.untilIds([instance.id])).instances).toEqual([instance]);
  });

  it('gives each instance without an id one of its own', () => {
    const { registrar } = registries().ours;
    const ids = [1, 2].map((port) => {
      const { instance } = registrar.register({ ...REQUIRED, address: `127.0.0.1:${port}` });
      return instance.id;
    });
    expect(new Set(ids).size).toBe(2);
  });

  it('keeps when an instance began to serve, when it is registered again without that', () => {
    const { registrar } = registries().ours;
    const { startedAt, ...rest } = anInstance();
    const registration = registrar.register({ ...rest, startedAt });
    registrar.register({ ...rest, weight: 7 });
    expect(registration.instance).toEqual(anInstance({ weight: 7 }));
    const later = new Date(Date.parse(startedAt) + 1).toISOString();
    registrar.register({ ...rest, startedAt: later });
    expect(registration.instance.startedAt).toBe(later);
  });

  it.each<[string, object, string]>([
    ['an unknown field', { wieght: 7 }, 'wieght must be one of id, service, address, version, we'],
    ['an unknown part of the locality', { locality: { zne: 'a' } }, 'locality.zne must be one of'],
    ['no service', { service: undefined }, 'service must be '],
    ['no address', { address: undefined }, 'address must be '],
    ['null for a field that may be left out', { weight: null }, 'weight must be '],
  ])('refuses %s before anything is done', (_, fields, text) => {
    const { registrar } = registries().ours;
    const register = () => registrar.register({ ...REQUIRED, ...fields });
    expect(register).toThrow(InvalidOptionError);
    expect(register).toThrow(text);
  });
}
