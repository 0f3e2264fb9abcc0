export { EmbeddedEtcd } from './embedded-etcd.js';
export { type EmbeddedEtcdOptions } from './embedded-etcd.options.js';
export {
  DataFileError,
  NotServingError,
  PortInUseError,
  RevisionOutOfRangeError,
  UnknownLeaseError,
  InvalidSettingError,
  UnknownVersionError,
} from './embedded-etcd.errors.js';
export { type EtcdVersion } from './version-rules.js';
export { type Clock } from './clock.js';
export { type EtcdMethod } from './server/definitions.js';
