/**
 * A load-balancing policy and its settings, in the form of an entry of `loadBalancingConfig` in a gRPC service config:
 * one key, the policy's name, with an object of settings. Survives JSON.
 */
export type PolicyConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
