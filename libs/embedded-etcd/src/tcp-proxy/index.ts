export type { Slowness } from './line.js';
export { TcpProxy, type Direction, type TcpProxyOptions } from './tcp-proxy.js';
