import { assertGrpcJs, otherCopyWarning } from './grpc/assert-grpc-js.js';
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
 * policies that grpc-js has under the same names as this package, stay as they are. Safe to call again. A second copy of grpc-js
 * in the application is reported by a process warning.
 * @throws UnsupportedGrpcJsError for a grpc-js of another version, or of another shape
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
