import { randomUUID } from 'node:crypto';
import { epochKey, servicePrefix } from '../instance/instance-key.js';
import { guardedLogger, silentLogger, type Registry, type RegistryLogger } from '../registry.js';
import { SnapshotWatcher } from '../snapshots/snapshot-watcher.js';
import { systemClock, type Clock, type Random } from '../timing/clock.js';
import type { Connect } from './etcd-connection.js';
import { toRegistryError } from './etcd-failure.js';
import type { EtcdRegistryOptions, NormalizedEtcdOptions } from './etcd-options.js';
import { EtcdOverrides } from './etcd-overrides.js';
import { EtcdRegistrar } from './etcd-registrar.js';
import { EtcdServiceConfigs } from './etcd-service-configs.js';
import { EtcdSession } from './etcd-session.js';
import { EtcdWatcher } from './etcd-watcher.js';
import { Etcd3Client } from './etcd3-client.js';
import { Etcd3Connection } from './etcd3-connection.js';
import { normalizeEtcdOptions } from './normalize-etcd-options.js';
import { serviceNames } from './service-names.js';
import { StoreEpoch } from './store-epoch.js';
import { TlsMaterial } from './tls-material.js';
import { WatchHub } from './watch-hub.js';

/**
 * A registry in etcd. Nothing is connected and no timer runs before the first use of a port.
 * @param logger Told of trouble when it begins and when it ends. @default says nothing
 * @throws InvalidOptionError
 */
export function createEtcdRegistry(
  options: EtcdRegistryOptions,
  logger: RegistryLogger = silentLogger,
): Registry {
  const normalized = normalizeEtcdOptions(options);
  const clock = systemClock;
  const guarded = guardedLogger(logger);
  const tls = new TlsMaterial(normalized.tls, guarded);
  const { auth } = normalized;
  return assembleEtcdRegistry(normalized, {
    logger: guarded,
    clock,
    random: Math.random,
    createEpoch: randomUUID,
    connect: (host) => new Etcd3Connection(new Etcd3Client(host, auth, tls.current()), clock),
  });
}

/** What the registry is built of; replaced in tests. */
export interface EtcdRegistryParts {
  readonly logger: RegistryLogger;
  readonly clock: Clock;
  readonly random: Random;
  readonly createEpoch: () => string;
  readonly connect: Connect;
}

export function assembleEtcdRegistry(
  { hosts, namespace, leaseTtlSeconds, limits, snapshots }: NormalizedEtcdOptions,
  parts: EtcdRegistryParts,
): Registry {
  const { clock } = parts;
  const probeKey = epochKey(namespace);
  const session = new EtcdSession({ ...parts, hosts, probeKey });
  const hub = new WatchHub(session, probeKey, clock);
  // Each port may be closed by itself; what they share goes with the last.
  let open = 3;
  const onClosed = () => {
    if (--open > 0) return;
    hub.close();
    session.close();
  };
  const epoch = new StoreEpoch(session, namespace, parts.createEpoch);
  const shared = { ...parts, session, hub, epochKey: probeKey, namespace, limits };
  const registrar = new EtcdRegistrar({ ...shared, epoch, leaseTtlSeconds }, onClosed);
  const etcdWatcher = new EtcdWatcher(shared, onClosed);
  const sourceOf = (service: string) => servicePrefix(namespace, service);
  const watcher = snapshots
    ? new SnapshotWatcher(etcdWatcher, sourceOf, { ...parts, ...snapshots })
    : etcdWatcher;
  const configs = new EtcdServiceConfigs(shared, onClosed);
  return {
    registrar,
    watcher,
    configs,
    overrides: new EtcdOverrides(shared),
    async services() {
      try {
        return await serviceNames(session, namespace);
      } catch (error) {
        throw toRegistryError(error, hosts, `/${namespace}/`, 'Try it again later');
      }
    },
    describe: () => ({
      kind: 'etcd',
      namespace,
      hosts,
      connection: session.describe(),
      ...registrar.describe(),
      services: watcher.describe(),
      allServices: watcher.describeServices(),
      configs: configs.describe(),
      hub: hub.describe(),
    }),
    async close() {
      await Promise.all([registrar.close(), watcher.close(), configs.close()]);
    },
  };
}
