export type { Locality, ServiceInstance } from './instance/service-instance.js';
export type { Registrar, Registration, RegistrationState } from './registrar.js';
export type { Snapshot, Watch, Watcher, WatchListener, WatchState } from './watcher.js';
