import { decodeInstance } from '../instance/instance-codec.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import type { RegistryLimits } from '../limits.js';
import type { KeyValue } from './etcd-connection.js';

/** What this process wants to put under a key. */
export interface Claim {
  readonly instance: ServiceInstance;
  readonly value: Buffer;
  readonly lease: string;
}

/**
 * Which of two processes that use one id keeps the key: the one that has started later, so that a restarted process takes the
 * place of the one before at once; the larger lease when both started in one millisecond. What is no instance, or has no
 * lease, was left behind and keeps nothing.
 * @returns the instance that keeps the key, undefined when that is ours
 */
export function keepsKey(
  found: KeyValue,
  ours: Claim,
  limits: RegistryLimits,
): ServiceInstance | undefined {
  if (found.lease === undefined) return undefined;
  let other: ServiceInstance;
  try {
    const { service, id } = ours.instance;
    other = decodeInstance(found.key, { service, id }, found.value, limits);
  } catch {
    return undefined;
  }
  const later = Date.parse(other.startedAt) - Date.parse(ours.instance.startedAt);
  const isTheirs = later === 0 ? BigInt(found.lease) > BigInt(ours.lease) : later > 0;
  return isTheirs ? other : undefined;
}
