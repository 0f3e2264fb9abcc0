import { status } from '@grpc/grpc-js';

/** What etcd answers when it refuses a request: its own codes and texts (etcd's `rpctypes` package, mostly). */
const refusals = {
  emptyKey: [status.INVALID_ARGUMENT, 'etcdserver: key is not provided'],
  keyNotFound: [status.INVALID_ARGUMENT, 'etcdserver: key not found'],
  valueProvided: [status.INVALID_ARGUMENT, 'etcdserver: value is provided'],
  leaseProvided: [status.INVALID_ARGUMENT, 'etcdserver: lease is provided'],
  tooManyOps: [status.INVALID_ARGUMENT, 'etcdserver: too many operations in txn request'],
  duplicateKey: [status.INVALID_ARGUMENT, 'etcdserver: duplicate key given in txn request'],
  invalidSortOption: [status.INVALID_ARGUMENT, 'etcdserver: invalid sort option'],
  requestTooLarge: [status.INVALID_ARGUMENT, 'etcdserver: request is too large'],
  compacted: [status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision has been compacted'],
  futureRevision: [status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision is a future revision'],
  noSpace: [status.RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded'],
  leaseNotFound: [status.NOT_FOUND, 'etcdserver: requested lease not found'],
  leaseExists: [status.FAILED_PRECONDITION, 'etcdserver: lease already exists'],
  leaseTtlTooLarge: [status.OUT_OF_RANGE, 'etcdserver: too large lease TTL'],
  authNotEnabled: [status.FAILED_PRECONDITION, 'etcdserver: authentication is not enabled'],
  authFailed: [
    status.INVALID_ARGUMENT,
    'etcdserver: authentication failed, invalid user ID or password',
  ],
  noPasswordUser: [
    status.UNKNOWN,
    'auth: authentication failed, password was given for no password user',
  ],
  invalidAuthToken: [status.UNAUTHENTICATED, 'etcdserver: invalid auth token'],
  invalidAuthManagement: [status.INVALID_ARGUMENT, 'etcdserver: invalid auth management'],
  permissionDenied: [status.PERMISSION_DENIED, 'etcdserver: permission denied'],
  permissionNotGiven: [status.INVALID_ARGUMENT, 'etcdserver: permission not given'],
  permissionNotGranted: [
    status.FAILED_PRECONDITION,
    'etcdserver: permission is not granted to the role',
  ],
  rootUserNotExist: [status.FAILED_PRECONDITION, 'etcdserver: root user does not exist'],
  rootRoleNotGranted: [status.FAILED_PRECONDITION, 'etcdserver: root user does not have root role'],
  userEmpty: [status.INVALID_ARGUMENT, 'etcdserver: user name is empty'],
  userExists: [status.FAILED_PRECONDITION, 'etcdserver: user name already exists'],
  userNotFound: [status.FAILED_PRECONDITION, 'etcdserver: user name not found'],
  roleEmpty: [status.INVALID_ARGUMENT, 'etcdserver: role name is empty'],
  roleExists: [status.FAILED_PRECONDITION, 'etcdserver: role name already exists'],
  roleNotFound: [status.FAILED_PRECONDITION, 'etcdserver: role name not found'],
  unknownRangeStream: [
    status.UNIMPLEMENTED,
    'unknown method RangeStream for service etcdserverpb.KV',
  ],
  streamedOrder: [status.UNIMPLEMENTED, 'RangeStream does not support custom sort orders'],
  streamedFilter: [status.UNIMPLEMENTED, 'RangeStream does not support revision filters'],
  unknownMethod: [status.UNIMPLEMENTED, 'unknown method AuthStatus for service etcdserverpb.Auth'],
  roleNotGranted: [status.FAILED_PRECONDITION, 'etcdserver: role is not granted to the user'],
} as const satisfies Record<string, readonly [status, string]>;

export type Refusal = keyof typeof refusals;

/** A request refused the way etcd refuses it; the server turns it into the call's status. */
export class EtcdRefusal extends Error {
  override readonly name = 'EtcdRefusal';
  readonly code: status;

  constructor(refusal: Refusal, [code, text]: readonly [status, string] = refusals[refusal]) {
    super(text);
    this.code = code;
    this.refusal = refusal;
  }

  readonly refusal: Refusal;

  /** The same as some versions send it: the error of the auth package, without a code of etcd's own. */
  raw(): EtcdRefusal {
    const text = this.message.replace('etcdserver:', 'auth:');
    return new EtcdRefusal(this.refusal, [status.UNKNOWN, text]);
  }
}
