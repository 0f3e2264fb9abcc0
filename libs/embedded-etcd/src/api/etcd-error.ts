import { status } from '@grpc/grpc-js';

/** What etcd answers when it refuses a request: its own codes and texts (etcd's `rpctypes` package). */
const refusals = {
  emptyKey: [status.INVALID_ARGUMENT, 'key is not provided'],
  keyNotFound: [status.INVALID_ARGUMENT, 'key not found'],
  valueProvided: [status.INVALID_ARGUMENT, 'value is provided'],
  leaseProvided: [status.INVALID_ARGUMENT, 'lease is provided'],
  tooManyOps: [status.INVALID_ARGUMENT, 'too many operations in txn request'],
  duplicateKey: [status.INVALID_ARGUMENT, 'duplicate key given in txn request'],
  invalidSortOption: [status.INVALID_ARGUMENT, 'invalid sort option'],
  requestTooLarge: [status.INVALID_ARGUMENT, 'request is too large'],
  compacted: [status.OUT_OF_RANGE, 'mvcc: required revision has been compacted'],
  futureRevision: [status.OUT_OF_RANGE, 'mvcc: required revision is a future revision'],
  noSpace: [status.RESOURCE_EXHAUSTED, 'mvcc: database space exceeded'],
  leaseNotFound: [status.NOT_FOUND, 'requested lease not found'],
  leaseExists: [status.FAILED_PRECONDITION, 'lease already exists'],
  leaseTtlTooLarge: [status.OUT_OF_RANGE, 'too large lease TTL'],
  authNotEnabled: [status.FAILED_PRECONDITION, 'authentication is not enabled'],
  authFailed: [status.INVALID_ARGUMENT, 'authentication failed, invalid user ID or password'],
  invalidAuthToken: [status.UNAUTHENTICATED, 'invalid auth token'],
  invalidAuthManagement: [status.INVALID_ARGUMENT, 'invalid auth management'],
  permissionDenied: [status.PERMISSION_DENIED, 'permission denied'],
  permissionNotGiven: [status.INVALID_ARGUMENT, 'permission not given'],
  permissionNotGranted: [status.FAILED_PRECONDITION, 'permission is not granted to the role'],
  rootUserNotExist: [status.FAILED_PRECONDITION, 'root user does not exist'],
  rootRoleNotGranted: [status.FAILED_PRECONDITION, 'root user does not have root role'],
  userEmpty: [status.INVALID_ARGUMENT, 'user name is empty'],
  userExists: [status.FAILED_PRECONDITION, 'user name already exists'],
  userNotFound: [status.FAILED_PRECONDITION, 'user name not found'],
  roleEmpty: [status.INVALID_ARGUMENT, 'role name is empty'],
  roleExists: [status.FAILED_PRECONDITION, 'role name already exists'],
  roleNotFound: [status.FAILED_PRECONDITION, 'role name not found'],
  roleNotGranted: [status.FAILED_PRECONDITION, 'role is not granted to the user'],
} as const satisfies Record<string, readonly [status, string]>;

export type Refusal = keyof typeof refusals;

/** A request refused the way etcd refuses it; the server turns it into the call's status. */
export class EtcdRefusal extends Error {
  override readonly name = 'EtcdRefusal';
  readonly code: status;

  constructor(readonly refusal: Refusal) {
    const [code, text] = refusals[refusal];
    super(`etcdserver: ${text}`);
    this.code = code;
  }
}
