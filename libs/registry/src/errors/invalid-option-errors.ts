/** A value given by the caller that breaks a rule. Thrown synchronously, before anything is started. */
export class InvalidOptionError extends Error {
  override readonly name: string = 'InvalidOptionError';

  /**
   * @param option Name of the option or field.
   * @param expected The rule, in words.
   * @param given What was given instead, safe to print: never a password, a token or a metadata value.
   * @param remedy What to do about it.
   */
  constructor(
    readonly option: string,
    readonly expected: string,
    readonly given: string,
    remedy: string,
  ) {
    super(`${option} must be ${expected}, but is ${given}. ${remedy}`);
  }
}

/** The hosts of etcd can't be used. */
export class InvalidHostsError extends InvalidOptionError {
  override readonly name = 'InvalidHostsError';
}

/** The namespace breaks the key grammar. */
export class InvalidNamespaceError extends InvalidOptionError {
  override readonly name = 'InvalidNamespaceError';
}

/** The name of a service breaks the key grammar. */
export class InvalidServiceNameError extends InvalidOptionError {
  override readonly name = 'InvalidServiceNameError';
}

/** The weight of an instance is out of range. */
export class InvalidWeightError extends InvalidOptionError {
  override readonly name = 'InvalidWeightError';
}

/** The time to live of the lease is out of range. */
export class InvalidTtlError extends InvalidOptionError {
  override readonly name = 'InvalidTtlError';
}

/** A limit of sizes is out of range. */
export class InvalidLimitError extends InvalidOptionError {
  override readonly name = 'InvalidLimitError';
}

/** The directory or the age of snapshots on disk can't be used. */
export class InvalidSnapshotsError extends InvalidOptionError {
  override readonly name = 'InvalidSnapshotsError';
}

/** The address is not one that a client could dial. */
export class InvalidAddressError extends InvalidOptionError {
  override readonly name = 'InvalidAddressError';
}

/** The user name or the password of etcd is missing. */
export class InvalidAuthError extends InvalidOptionError {
  override readonly name = 'InvalidAuthError';
}

/** The TLS material doesn't fit together. */
export class InvalidTlsError extends InvalidOptionError {
  override readonly name = 'InvalidTlsError';
}

/** A field of an instance breaks the rules of `ServiceInstance`; `cause` has the field's own error where there is one. */
export class InvalidInstanceError extends InvalidOptionError {
  override readonly name = 'InvalidInstanceError';

  constructor(option: string, expected: string, given: string, remedy: string, cause?: unknown) {
    super(option, expected, given, remedy);
    if (cause !== undefined) this.cause = cause;
  }
}

/** A service config is no object, can't be held by JSON or is too large. */
export class InvalidServiceConfigError extends InvalidOptionError {
  override readonly name = 'InvalidServiceConfigError';
}
