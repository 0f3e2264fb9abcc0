export { AppProcess } from './app-process.js';
export { etcdKinds, type EtcdFixture, type EtcdKind } from './etcd-fixture.js';
export { EtcdServer, hasEtcdBinary, type EtcdServerOptions } from './etcd-server.js';
export { freePorts } from './ports.js';
export { TcpProxy } from './tcp-proxy.js';
export { until, type UntilOptions } from './until.js';
