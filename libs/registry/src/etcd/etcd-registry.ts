import { randomUUID } from 'node:crypto';
import { epochKey, servicePrefix } from '../instance/keys.js';
import { guardedLogger, silentLogger, type Registry, type RegistryLogger } from '../registry.js';
import { SnapshotWatcher } from '../snapshots/snapshot-watcher.js';
import { systemClock, type Clock, type Random } from '../timing/clock.js';
import type { Connect } from './client/etcd-connection.js';
import { toRegistryError } from './client/etcd-failure.js';
import type { EtcdRegistryOptions, NormalizedEtcdOptions } from './etcd-options.js';
import { EtcdOverrides } from './services/etcd-overrides.js';
import { EtcdRegistrar } from './registrar/etcd-registrar.js';
import { EtcdServiceConfigs } from './services/etcd-service-configs.js';
import { EtcdSession } from './session/etcd-session.js';
import { EtcdWatcher } from './services/etcd-watcher.js';
import { Etcd3Client } from './client/etcd3-client.js';
import { Etcd3Connection } from './client/etcd3-connection.js';
import { normalizeEtcdOptions } from './normalize-etcd-options.js';
import { serviceNames } from './services/survey.js';
import { StoreEpoch } from './registrar/store-epoch.js';
import { TlsMaterial } from './client/tls.js';
import { WatchMultiplexer } from './watch/watch-multiplexer.js';

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
  const multiplexer = new WatchMultiplexer(session, probeKey, clock);
  // Each port may be closed by itself; what they share goes with the last.
  let open = 3;
  const onClosed = () => {
    if (--open > 0) return;
    multiplexer.close();
    session.close();
  };
  const epoch = new StoreEpoch(session, namespace, parts.createEpoch);
  const shared = { ...parts, session, multiplexer, epochKey: probeKey, namespace, limits };
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
      watchStream: multiplexer.describe(),
    }),
    async close() {
      await Promise.all([registrar.close(), watcher.close(), configs.close()]);
    },
  };
}
