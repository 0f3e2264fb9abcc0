import { SCHEME } from './channel/target.js';
import {
  isLoadBalancerNameRegistered,
  registerLoadBalancerType,
  registerResolver,
} from './grpc/experimental.js';
import { InstanceBalancerConfig } from './balancer/instance-balancer-config.js';
import { InstanceBalancer } from './balancer/instance-balancer.js';
import { InstanceResolver } from './resolver/instance-resolver.js';

/**
 * Makes `etcd:///<service>` targets known to grpc-js, for the whole process. Nothing else changes: other schemes, and
 * policies that grpc-js has under the same names as this package, stay as they are. Safe to call again.
 */
export function installBalancing(): void {
  if (isInstalled()) return;
  const { typeName } = InstanceBalancerConfig;
  registerLoadBalancerType(typeName, InstanceBalancer, InstanceBalancerConfig);
  registerResolver(SCHEME, InstanceResolver);
}

export function isInstalled(): boolean {
  return isLoadBalancerNameRegistered(InstanceBalancerConfig.typeName);
}
