export { EmbeddedEtcd } from './embedded-etcd.js';
export { type EmbeddedEtcdOptions } from './embedded-etcd.options.js';
export {
  DataFileError,
  NotServingError,
  PortInUseError,
  RevisionOutOfRangeError,
  UnknownLeaseError,
} from './embedded-etcd.errors.js';
export { type Clock } from './clock.js';
export { type EtcdMethod } from './server/etcd-method.js';
