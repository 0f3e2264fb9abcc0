/** An address under which several instances are registered. */
export interface SharedAddress {
  readonly address: string;
  /** Of the instances, in their order in the registry. */
  readonly ids: readonly string[];
}
