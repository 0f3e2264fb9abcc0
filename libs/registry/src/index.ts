export { createEtcdRegistry, surveyEtcd } from './etcd/etcd-registry.js';
export type { StoredKey, StoreSurvey } from './etcd/services/survey.js';
export type { EtcdRegistryOptions, NormalizedEtcdOptions } from './etcd/etcd-options.js';
export { normalizeEtcdOptions } from './etcd/normalize-etcd-options.js';
export { InvalidOptionError } from './errors/registry-errors.js';
export {
  InstanceConflictError,
  InstanceDeregisteredError,
  RegistryClosedError,
  RegistryLateError,
  RegistryRefusedError,
  RegistryUnreachableError,
} from './errors/registry-errors.js';
export { plainCause } from './errors/text.js';
export { printable } from './errors/text.js';
export { formatAddress, isLoopback, parseAddress, type Address } from './instance/address.js';
export {
  generatedInstanceId,
  wantedId,
  type InstanceToRegister,
} from './instance/complete-instance.js';
export type { Locality, ServiceInstance } from './instance/service-instance.js';
export { assertServiceName, assertWeight, MAX_WEIGHT } from './instance/assert-instance.js';
export type { RegistryLimits } from './limits.js';
export { createMemoryRegistry } from './memory/memory-registry.js';
export { MemoryStore } from './memory/memory-store.js';
export type { InstanceOverride, Override, Overrides } from './overrides.js';
export type { DeregisterOptions, Registrar, Registration, RegistrationState } from './registrar.js';
export type { Registry, RegistryLogger } from './registry.js';
export type {
  ConfigDescription,
  ConnectionDescription,
  LeaseDescription,
  ListReason,
  OverridesDescription,
  RegistrarDescription,
  RegistrationDescription,
  RegistryDescription,
  ServiceDescription,
  ServicesDescription,
  ServiceStatistics,
  WatchStatistics,
  WatchStreamDescription,
} from './registry-description.js';
export type { SnapshotOptions } from './snapshots/snapshot-keeper.js';
export type {
  ConfigListener,
  ConfigState,
  ConfigWatch,
  ServiceConfigs,
} from './service-configs.js';
export type {
  ServicesListener,
  ServicesSnapshot,
  ServicesState,
  ServicesWatch,
  Snapshot,
  Watch,
  Watcher,
  WatchListener,
  WatchState,
  WatchStateOf,
} from './watcher.js';
