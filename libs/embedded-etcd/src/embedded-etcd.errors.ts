import { etcdVersions } from './version-rules.js';

/** Thrown by `EmbeddedEtcd.start` and `restart`: something else listens on the port. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';

  constructor(
    readonly port: number,
    cause: unknown,
  ) {
    super(`Port ${port} of 127.0.0.1 is in use; stop what listens there, or choose another port`, {
      cause,
    });
  }
}

/** Thrown by `EmbeddedEtcd.start`: the data file exists but does not hold what this package wrote. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError';

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`${path} can't be read as the data of an embedded etcd; delete it to start empty`, {
      cause,
    });
  }
}

/** Thrown by everything that needs a running server, between `stop` and `restart`. */
export class NotServingError extends Error {
  override readonly name = 'NotServingError';

  constructor() {
    super('The embedded etcd is stopped; call restart() first');
  }
}

/** Thrown by `expireLease`: no such lease, or it has expired already. */
export class UnknownLeaseError extends Error {
  override readonly name = 'UnknownLeaseError';

  constructor(readonly leaseId: string) {
    super(`There is no lease ${leaseId} (a decimal id is expected)`);
  }
}

/** Thrown by `compact` and `rollBack`: the revision is compacted already, or does not exist yet. */
export class RevisionOutOfRangeError extends Error {
  override readonly name = 'RevisionOutOfRangeError';

  constructor(
    readonly revision: number,
    readonly firstRevision: number,
    readonly lastRevision: number,
  ) {
    super(`Revision ${revision} is not within ${firstRevision} … ${lastRevision}`);
  }
}

/** The version is none whose behaviour the package has. */
export class UnknownVersionError extends Error {
  override readonly name = 'UnknownVersionError';

  constructor(readonly version: unknown) {
    super(
      `The version should be one of ${etcdVersions.join(', ')}, but is ${JSON.stringify(version)}.`,
    );
  }
}

/** An option that does not exist, or whose value can't work. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';

  constructor(
    readonly option: string,
    expected: string,
    given: unknown,
  ) {
    super(
      `The embedded etcd's ${JSON.stringify(option)} must be ${expected}, but is ${JSON.stringify(given) ?? typeof given}. Leave it ` +
        'out for the default.',
    );
  }
}
