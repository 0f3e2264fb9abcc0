import { plainCause } from '../../errors/plain-cause.js';
import {
  reason,
  RegistryClosedError,
  RegistryRefusedError,
  RegistryUnreachableError,
} from '../../errors/registry-errors.js';

export type EtcdFailureKind =
  /** The endpoint can't serve now: another one may, or the same one later. */
  | 'unavailable'
  /** As `unavailable`, and it took a whole deadline to find out, in which nothing at all arrived: the endpoint hangs. */
  | 'silent'
  /** No answer within the deadline, though something arrived: the endpoint lives, and is slow or waits for a leader. */
  | 'slow'
  /** The token is no longer valid: a new connection gets a new one. */
  | 'unauthenticated'
  /** The endpoint is well and says no: others would say the same. */
  | 'refused'
  /** As `refused`, whatever is asked for: the user or its password is wrong. */
  | 'unknown-user'
  /** As `refused`, until somebody makes room in the store. */
  | 'full'
  /** TLS does not come about, as when certificates change: another endpoint may have the right one already. */
  | 'untrusted'
  /** The endpoint does not know the operation: it is of an older release. */
  | 'unsupported'
  /** The answer is larger than what is received at once. */
  | 'too-large'
  | 'lease-not-found'
  /** The revision asked for is no longer kept. */
  | 'compacted'
  /** The registry was closed. */
  | 'closed';

/** A failed operation, sorted by what can be done about it. Internal: the ports show errors of the package's own. */
export class EtcdFailure extends Error {
  override readonly name = 'EtcdFailure';

  constructor(
    readonly kind: EtcdFailureKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

// etcd's own texts, from `api/v3rpc/rpctypes/error.go`: its codes alone are too coarse.
const TEXTS: readonly (readonly [RegExp, EtcdFailureKind])[] = [
  [/requested lease not found/, 'lease-not-found'],
  [/required revision has been compacted/, 'compacted'],
  [/invalid auth token|revision of auth store is old/, 'unauthenticated'],
  // TLS trouble comes as UNAVAILABLE: only the text tells that waiting does not help. Alerts of the other side stand in OpenSSL's
  // frame, whatever they say: `unknown ca`, `bad certificate`, `certificate required` …
  [
    /certificate|CERT_|self.signed|SSL alert number|SSL routines|EPROTO|ERR_TLS|ERR_SSL|altnames/i,
    'untrusted',
  ],
  [/mvcc: database space exceeded/, 'full'],
  // grpc-js's own text, `max_message_size_filter`.
  [/message larger than max/i, 'too-large'],
  [/authentication failed/, 'unknown-user'],
  [/permission denied/, 'refused'],
];

/** By gRPC status code: 3 INVALID_ARGUMENT, 4 DEADLINE_EXCEEDED, 7 PERMISSION_DENIED, 8 RESOURCE_EXHAUSTED … */
const CODES: Readonly<Record<number, EtcdFailureKind>> = {
  3: 'refused',
  4: 'silent',
  7: 'refused',
  8: 'refused',
  9: 'refused',
  12: 'refused',
  16: 'unauthenticated',
};

/** Sorts what grpc-js has thrown. */
export function toEtcdFailure(error: unknown): EtcdFailure {
  if (error instanceof EtcdFailure) return error;
  const text = reason(error);
  const code = (error as { code?: unknown } | undefined)?.code;
  const kind =
    TEXTS.find(([pattern]) => pattern.test(text))?.[1] ??
    (typeof code === 'number' ? CODES[code] : undefined) ??
    'unavailable';
  return new EtcdFailure(kind, plainCause(text), error);
}

/** Whether the failure tells that the endpoint can't serve now. */
export function isOutage({ kind }: EtcdFailure): boolean {
  return kind === 'unavailable' || kind === 'silent' || kind === 'slow';
}

/** Whether the failure is one of all that this process may ask for. */
export function isAuthFailure({ kind }: EtcdFailure): boolean {
  return kind === 'untrusted' || kind === 'unknown-user';
}

/**
 * The error that the ports show for a failure.
 * @param subject What was wanted of the registry.
 * @param next What happens next, or has to be done; tells that it is tried again unless told.
 */
export function toRegistryError(
  error: unknown,
  hosts: readonly string[],
  subject: string,
  next?: string,
): RegistryUnreachableError | RegistryRefusedError | RegistryClosedError {
  const failure = toEtcdFailure(error);
  if (failure.kind === 'closed') return new RegistryClosedError(subject);
  const Failed = isOutage(failure) ? RegistryUnreachableError : RegistryRefusedError;
  return new Failed(hosts, subject, failure, next);
}
