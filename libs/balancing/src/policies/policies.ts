import { WeightedRoundRobinBalancer, WeightedRoundRobinConfig } from './weighted-round-robin.js';

/**
 * The policies of this package by their names in a service config. grpc-js knows them under prefixed names, so that its
 * own policies of the same names stay as they are for the other channels of the process.
 */
export const policies = {
  weighted_round_robin: {
    typeName: WeightedRoundRobinConfig.typeName,
    balancer: WeightedRoundRobinBalancer,
    config: WeightedRoundRobinConfig,
  },
} as const;

export const defaultPolicy = 'weighted_round_robin' satisfies keyof typeof policies;
