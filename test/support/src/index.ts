export { EtcdServer, hasEtcdBinary, type EtcdServerOptions } from './etcd-server.js';
export { freePorts } from './ports.js';
export { until, type UntilOptions } from './until.js';
