import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import {
  InvalidOptionError,
  InstanceConflictError,
  InstanceDeregisteredError,
  RegistryClosedError,
} from '../errors/registry-errors.js';
import type { Registry } from '../registry.js';
import type { RegistrationState } from '../registrar.js';
import { itKeepsServiceConfigs } from './configs-contract.js';
import { itFillsInInstances } from './defaults-contract.js';
import { itDescribesItself } from './description-contract.js';
import { anInstance } from './instances.js';
import { itOverridesWeights } from './overrides-contract.js';
import { itWatchesAllServices } from './services-contract.js';
import { RecordedWatch } from './watches.js';

/** A store for the contract to run on. */
export interface ContractBackend {
  /** Starts the store; returns its hosts. */
  start(): Promise<string>;
  stop(): Promise<void>;
  /** A registry of the store; those of one namespace see each other. */
  create(hosts: string, namespace: string): Registry;
}

const CONFIRMED_EVERY_MS = 3_000;

/** What the ports promise, whatever store is behind them. */
export function describeRegistryContract(name: string, backend: ContractBackend): void {
  describe(`registry contract on ${name}`, () => {
    let hosts: string;
    let namespaces = 0;
    let ours: Registry;
    let theirs: Registry;

    beforeAll(async () => {
      hosts = await backend.start();
    });
    afterAll(() => backend.stop());
    beforeEach(() => {
      const namespace = `contract-${++namespaces}`;
      ours = backend.create(hosts, namespace);
      theirs = backend.create(hosts, namespace);
    });
    afterEach(() => Promise.all([ours.close(), theirs.close()]));

    it('shows a registered instance, with all its fields, to a watch begun before', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      await watch.untilIds([]);
      const registration = ours.registrar.register(anInstance());
      await registration.whenRegistered();
      const { instances, service, revision } = await watch.untilIds(['greeter-1']);
      expect(instances).toEqual([anInstance()]);
      expect(service).toBe('greeter');
      expect(revision).toMatch(/^\d+$/);
      expect(registration.state).toEqual({ kind: 'registered' });
    });

    it('shows a registered instance to a watch begun after', async () => {
      await ours.registrar.register(anInstance()).whenRegistered();
      const watch = new RecordedWatch(theirs, 'greeter');
      expect(watch.state.kind).toBe('pending');
      await watch.untilIds(['greeter-1']);
    });

    it('reports the staleness of a snapshot, once there is one', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      expect(watch.watch.stalenessMs()).toBeUndefined();
      await watch.untilIds([]);
      const stalenessMs = watch.watch.stalenessMs();
      expect(stalenessMs).toBeGreaterThanOrEqual(0);
      expect(stalenessMs).toBeLessThan(CONFIRMED_EVERY_MS);
      expect(new RecordedWatch(theirs, 'greeter').watch.stalenessMs()).toBeGreaterThanOrEqual(0);
    });

    it('lists instances in order of id, whatever the order of registration', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      for (const id of ['c', 'a', 'b']) ours.registrar.register(anInstance({ id }));
      await watch.untilIds(['a', 'b', 'c']);
    });

    it('notifies a live watch of each change, with a growing revision', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      await watch.untilIds([]);
      const registration = ours.registrar.register(anInstance());
      await watch.untilIds(['greeter-1']);
      await registration.deregister();
      await watch.untilIds([]);
      const revisions = watch.states.map((state) =>
        state.kind === 'live' ? BigInt(state.snapshot.revision) : -1n,
      );
      expect(revisions).toEqual([...revisions].sort((a, b) => (a < b ? -1 : 1)));
      expect(watch.states.map(({ kind }) => kind)).toEqual(['live', 'live', 'live']);
    });

    it('replaces the value when an id is registered a second time', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      const first = ours.registrar.register(anInstance({ weight: 100 }));
      await first.whenRegistered();
      const second = ours.registrar.register(anInstance({ weight: 7 }));
      expect(second).toBe(first);
      expect(first.instance.weight).toBe(7);
      await until('the new weight is seen', () => {
        const { state } = watch;
        return state.kind === 'live' && state.snapshot.instances[0]?.weight === 7;
      });
    });

    it('never shows a service the instances of one whose name it begins with', async () => {
      const watch = new RecordedWatch(theirs, 'user');
      await watch.untilIds([]);
      await ours.registrar.register(anInstance({ service: 'user-admin' })).whenRegistered();
      await ours.registrar.register(anInstance({ service: 'user', id: 'u' })).whenRegistered();
      await watch.untilIds(['u']);
      expect(watch.states).toHaveLength(2);
    });

    it('keeps the other instances when one is deregistered', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      const a = ours.registrar.register(anInstance({ id: 'a' }));
      ours.registrar.register(anInstance({ id: 'b' }));
      await watch.untilIds(['a', 'b']);
      await a.deregister();
      await watch.untilIds(['b']);
    });

    it('registers an id again after it was deregistered', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      const first = ours.registrar.register(anInstance());
      await first.whenRegistered();
      const left = first.deregister();
      const second = ours.registrar.register(anInstance({ version: '2.0.0' }));
      await Promise.all([left, second.whenRegistered()]);
      expect(second).not.toBe(first);
      const version = async () => (await watch.untilIds(['greeter-1'])).instances[0]?.version;
      // The watch may receive the registration after the registrar does.
      await until('the new registration is seen', async () => (await version()) === '2.0.0');
      expect(await version()).toBe('2.0.0');
    });

    it('refuses a second server under an id that one of this process has', async () => {
      const first = ours.registrar.register(anInstance({ address: '10.0.0.1:5000' }));
      const register = () => ours.registrar.register(anInstance({ address: '10.0.0.2:5000' }));
      expect(register).toThrow(InstanceConflictError);
      expect(register).toThrow(/10\.0\.0\.2:5000.*10\.0\.0\.1:5000.*keeps it/);
      await first.deregister();
      await register().whenRegistered();
    });

    it('registers what the instance was when it was given, whatever its owner makes of the object', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      const owned = { ...anInstance(), metadata: { track: 'stable' } };
      await ours.registrar.register(owned).whenRegistered();
      owned.weight = 7;
      owned.metadata.track = 'canary';
      expect((await watch.untilIds(['greeter-1'])).instances[0]).toMatchObject({
        weight: anInstance().weight,
        metadata: { track: 'stable' },
      });
      ours.registrar.register(owned);
      await until('the change is seen', () => {
        const { state } = watch;
        if (state.kind !== 'live') return false;
        const [instance] = state.snapshot.instances;
        return instance?.weight === 7 && instance.metadata.track === 'canary';
      });
    });

    it('rejects the wait for a registration that is deregistered first', async () => {
      const registration = ours.registrar.register(anInstance());
      const registered = registration.whenRegistered();
      await Promise.all([
        expect(registered).rejects.toThrow(InstanceDeregisteredError),
        registration.deregister(),
      ]);
      expect(registration.state).toEqual({ kind: 'deregistered' });
      await registration.deregister();
    });

    it('notifies a registration listener of each state until it is stopped', async () => {
      const states: RegistrationState['kind'][] = [];
      const registration = ours.registrar.register(anInstance());
      registration.onStateChange(({ kind }) => states.push(kind));
      const stop = registration.onStateChange(() => states.push('registering'));
      stop();
      await registration.whenRegistered();
      await registration.deregister();
      expect(states).toEqual(['registered', 'deregistered']);
    });

    it('serves the other listeners when one throws', async () => {
      theirs.watcher.watch('greeter', () => {
        throw new Error('listener');
      });
      const watch = new RecordedWatch(theirs, 'greeter');
      const registration = ours.registrar.register(anInstance());
      registration.onStateChange(() => {
        throw new Error('listener');
      });
      await registration.whenRegistered();
      await watch.untilIds(['greeter-1']);
    });

    it('never calls a listener from within watch, nor after close', async () => {
      const seen = new RecordedWatch(theirs, 'greeter');
      await seen.untilIds([]);
      const second = new RecordedWatch(theirs, 'greeter');
      expect(second.states).toHaveLength(0);
      await until('the second is notified', () => second.states.length === 1);
      second.watch.close();
      second.watch.close();
      await ours.registrar.register(anInstance()).whenRegistered();
      await seen.untilIds(['greeter-1']);
      expect(second.states).toHaveLength(1);
    });

    it('takes its instances along when it is closed, and may be closed twice', async () => {
      const watch = new RecordedWatch(theirs, 'greeter');
      const registration = ours.registrar.register(anInstance());
      await watch.untilIds(['greeter-1']);
      await Promise.all([ours.close(), ours.close()]);
      expect(registration.state.kind).toBe('deregistered');
      await watch.untilIds([]);
      await ours.close();
      expect(() => ours.registrar.register(anInstance())).toThrow(RegistryClosedError);
      expect(() => ours.watcher.watch('greeter', () => undefined)).toThrow(RegistryClosedError);
    });

    it('refuses what breaks the rules before anything is done', () => {
      const register = () => ours.registrar.register(anInstance({ address: '0.0.0.0:50051' }));
      expect(register).toThrow(InvalidOptionError);
      const watch = () => ours.watcher.watch('a/b', () => undefined);
      expect(watch).toThrow(InvalidOptionError);
    });

    itFillsInInstances(() => ({ ours, theirs }));
    itKeepsServiceConfigs(() => ({ ours, theirs }));
    itOverridesWeights(() => ({ ours, theirs }));
    itWatchesAllServices(() => ({ ours, theirs }));
    itDescribesItself(() => ({ ours, theirs }));
  });
}
