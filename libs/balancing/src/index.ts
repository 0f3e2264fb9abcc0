export { discoveryChannelOptions } from './channel/channel-options.js';
export { discoveryTarget } from './channel/target.js';
export { installBalancing } from './install.js';
export { weightedRoundRobin } from './policies/weighted-round-robin.js';

export type { DiscoveryChannelOptions } from './channel/channel-options.js';
export type { PolicyConfig } from './channel/policy-config.js';
