/**
 * Weights of instances set by people and controllers. Watches deliver an instance with this weight instead of its own, so that
 * an override also works for an instance that hangs, and survives when it registers again. Weight 0 drains the instance.
 */
export interface Overrides {
  /**
   * Sets the weight of an instance for all who watch its service, whether it is registered or not. The override stays until you
   * remove it. Writes nothing if the weight is already set. Bounded: gives up after 6 s. After a `RegistryUnreachableError` the
   * weight may or may not be set.
   * @throws InvalidOptionError, RegistryUnreachableError, RegistryRefusedError,
   *   RegistryClosedError; all as rejections.
   */
  set(service: string, instanceId: string, override: Override): Promise<void>;
  /** Restores the instance's own weight. Bounded, and fails, as {@link set}. */
  remove(service: string, instanceId: string): Promise<void>;
  /**
   * The overrides of a service, in order of id, including those of instances that are gone, which do no harm. Leaves out values
   * that can't be read. Bounded, and fails, as {@link set}.
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
