import { InstanceBalancer } from './balancer/instance-balancer.js';
import { assertGrpcJs, otherCopyWarning } from './grpc/assert-grpc-js.js';
import {
  isLoadBalancerNameRegistered,
  registerLoadBalancerType,
  registerResolver,
} from './grpc/experimental.js';
import { InstanceBalancerConfig } from './resolver/channel-policy.js';
import { InstanceResolver } from './resolver/instance-resolver.js';
import { SCHEME } from './resolver/target.js';

/**
 * Registers `etcd:///<service>` targets with grpc-js, for the whole process. Nothing else changes: other schemes, and policies
 * of grpc-js that have the same names as those of this package, stay as they are. Safe to call again. A second copy of grpc-js
 * in the application is reported by a process warning.
 * @throws UnsupportedGrpcJsError if grpc-js has another version or shape.
 */
export function installBalancing(): void {
  if (isInstalled()) return;
  assertGrpcJs();
  const warning = otherCopyWarning();
  if (warning !== undefined) process.emitWarning(warning, { type: 'GrpcDiscoveryWarning' });
  const { typeName } = InstanceBalancerConfig;
  registerLoadBalancerType(typeName, InstanceBalancer, InstanceBalancerConfig);
  registerResolver(SCHEME, InstanceResolver);
}

export function isInstalled(): boolean {
  return isLoadBalancerNameRegistered(InstanceBalancerConfig.typeName);
}
