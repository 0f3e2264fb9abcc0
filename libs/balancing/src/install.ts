import { SCHEME } from './channel/target.js';
import {
  isLoadBalancerNameRegistered,
  registerLoadBalancerType,
  registerResolver,
} from './grpc/experimental.js';
import { defaultPolicy, policies } from './policies/policies.js';
import { InstanceResolver } from './resolver/instance-resolver.js';

/**
 * Makes `etcd:///<service>` targets and the policies of this package known to grpc-js, for the whole process. Nothing
 * else changes: other schemes, and policies that grpc-js has under the same names, stay as they are. Safe to call again.
 */
export function installBalancing(): void {
  if (isInstalled()) return;
  for (const { typeName, balancer, config } of Object.values(policies)) {
    registerLoadBalancerType(typeName, balancer, config);
  }
  registerResolver(SCHEME, InstanceResolver);
}

export function isInstalled(): boolean {
  return isLoadBalancerNameRegistered(policies[defaultPolicy].typeName);
}
