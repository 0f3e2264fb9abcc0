/**
 * Weights of instances set from outside, by people and controllers. Watches tell of an instance with the weight set here
 * instead of its own, so that it also works for one that hangs and stays when it registers again. Weight 0 drains it.
 */
export interface Overrides {
  /**
   * Sets the weight of an instance for all who watch its service, whether it is registered now or not. Stays until it is
   * removed; nothing is written when it is set so already. Bounded: it is tried for at most 6 s. After a
   * `RegistryUnreachableError` it may or may not have been set.
   * @throws InvalidOptionError, RegistryUnreachableError, RegistryRefusedError,
   *   RegistryClosedError; all as rejections.
   */
  set(service: string, instanceId: string, override: Override): Promise<void>;
  /** Gives an instance its own weight back. Bounded and failing as {@link set}. */
  remove(service: string, instanceId: string): Promise<void>;
  /**
   * What is set for a service, in order of id, also for instances that are gone: those do no harm. Values that can't be read
   * are left out. Bounded and failing as {@link set}.
   */
  list(service: string): Promise<readonly InstanceOverride[]>;
}

export interface Override {
  /** As the weight of an instance: an integer from 0 to 65535. */
  readonly weight: number;
}

export interface InstanceOverride extends Override {
  readonly service: string;
  readonly id: string;
}
