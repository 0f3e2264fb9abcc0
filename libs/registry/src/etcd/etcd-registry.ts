import { randomUUID } from 'node:crypto';
import { epochKey, servicePrefix } from '../instance/keys.js';
import { guardedLogger, silentLogger, type Registry, type RegistryLogger } from '../registry.js';
import { SnapshotWatcher } from '../snapshots/snapshot-watcher.js';
import { systemClock, type Clock, type Random } from '../timing/clock.js';
import type { Connect } from './client/etcd-connection.js';
import { toRegistryError } from './client/etcd-failure.js';
import { Etcd3Client } from './client/etcd3-client.js';
import { Etcd3Connection } from './client/etcd3-connection.js';
import { TlsMaterial } from './client/tls.js';
import type { EtcdRegistryOptions, NormalizedEtcdOptions } from './etcd-options.js';
import { normalizeEtcdOptions } from './normalize-etcd-options.js';
import { EtcdRegistrar } from './registrar/etcd-registrar.js';
import { EtcdOverrides } from './services/etcd-overrides.js';
import { EtcdServiceConfigs } from './services/etcd-service-configs.js';
import { EtcdWatcher } from './services/etcd-watcher.js';
import { serviceNames, survey, type StoreSurvey } from './services/survey.js';
import { EtcdSession } from './session/etcd-session.js';
import type { EtcdContext } from './watch/etcd-context.js';
import { WatchMultiplexer } from './watch/watch-multiplexer.js';

/**
 * A registry in etcd. It opens no connection and starts no timer before the first use of a port.
 * @param logger Receives a message when a problem begins and when it ends. @default logs nothing
 * @throws InvalidOptionError
 */
export function createEtcdRegistry(
  options: EtcdRegistryOptions,
  logger: RegistryLogger = silentLogger,
): Registry {
  const normalized = normalizeEtcdOptions(options);
  const guarded = guardedLogger(logger);
  const tls = new TlsMaterial(normalized.tls, guarded);
  return assembleEtcdRegistry(normalized, {
    logger: guarded,
    clock: systemClock,
    random: Math.random,
    createEpoch: randomUUID,
    connect: connectWith(normalized, tls),
  });
}

/** The dependencies of a registry; specs replace them. */
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
  const { logger, clock, random, createEpoch } = parts;
  const probeKey = epochKey(namespace);
  const session = new EtcdSession({ ...parts, hosts, probeKey });
  const multiplexer = new WatchMultiplexer(session, probeKey, clock);
  const shared = { session, multiplexer, clock, random, logger, namespace, limits };
  const context: EtcdContext = { ...shared, epochKey: probeKey };
  // Each port may be closed separately; the last one closes what they share.
  let open = 3;
  const onClosed = () => {
    if (--open > 0) return;
    multiplexer.close();
    session.close();
  };
  const registrar = new EtcdRegistrar(context, { leaseTtlSeconds, createEpoch }, onClosed);
  const etcdWatcher = new EtcdWatcher(context, onClosed);
  const sourceOf = (service: string) => servicePrefix(namespace, service);
  const watcher = snapshots
    ? new SnapshotWatcher(etcdWatcher, sourceOf, { ...parts, ...snapshots })
    : etcdWatcher;
  const configs = new EtcdServiceConfigs(context, onClosed);
  return {
    registrar,
    watcher,
    configs,
    overrides: new EtcdOverrides(context),
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

/**
 * Lists the keys of the whole store without their values, of every namespace and of other programs, to find out why instances are
 * not found. The user needs the right to read all of it. Bounded: gives up after 6 s.
 * @param limit Maximum number of keys. @default 10000
 * @throws InvalidOptionError, RegistryUnreachableError, RegistryRefusedError
 */
export async function surveyEtcd(
  options: EtcdRegistryOptions,
  limit = 10_000,
): Promise<StoreSurvey> {
  const normalized = normalizeEtcdOptions(options);
  const { hosts, namespace } = normalized;
  const session = new EtcdSession({
    hosts,
    probeKey: epochKey(namespace),
    connect: connectWith(normalized, new TlsMaterial(normalized.tls, silentLogger)),
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  });
  try {
    return await survey(session, limit);
  } catch (error) {
    throw toRegistryError(error, hosts, 'All keys', 'Try it again later');
  } finally {
    session.close();
  }
}

/** Each connection reads the TLS files again. */
function connectWith({ auth }: NormalizedEtcdOptions, tls: TlsMaterial): Connect {
  return (host) => new Etcd3Connection(new Etcd3Client(host, auth, tls.current()), systemClock);
}
