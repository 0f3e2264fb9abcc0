import { plainCause } from '../../errors/text.js';
import {
  reason,
  RegistryClosedError,
  RegistryRefusedError,
  RegistryUnreachableError,
} from '../../errors/registry-errors.js';

export type EtcdFailureKind =
  /** The endpoint can't serve now: another one may, or the same one later. */
  | 'unavailable'
  /** As `unavailable`, but nothing at all arrived within a whole deadline: the endpoint hangs. */
  | 'silent'
  /** No answer within the deadline, although something arrived: the endpoint is alive, and slow or without a leader. */
  | 'slow'
  /** The token is no longer valid: a new connection gets a new one. */
  | 'unauthenticated'
  /** The endpoint is healthy and refuses: others would, too. */
  | 'refused'
  /** As `refused`, for every call: the user or its password is wrong. */
  | 'unknown-user'
  /** As `refused`, until the store has space again. */
  | 'full'
  /** The TLS handshake fails, as when certificates change: another endpoint may already have the right one. */
  | 'untrusted'
  /** The endpoint is of an older release that lacks the operation. */
  | 'unsupported'
  /** The answer exceeds the message limit. */
  | 'too-large'
  | 'lease-not-found'
  /** The requested revision is no longer kept. */
  | 'compacted'
  /** The registry was closed. */
  | 'closed';

/** A failed operation, classified by how to handle it. Internal: the ports throw the package's public errors. */
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
  // TLS failures arrive as UNAVAILABLE: only the text shows that waiting does not help. Alerts of the other side are always framed by
  // OpenSSL: `unknown ca`, `bad certificate`, `certificate required` …
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

/** Classifies an error of grpc-js. */
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

/** Whether the endpoint can't serve now. */
export function isOutage({ kind }: EtcdFailure): boolean {
  return kind === 'unavailable' || kind === 'silent' || kind === 'slow';
}

/** Whether every call of this process would fail this way. */
export function isAuthFailure({ kind }: EtcdFailure): boolean {
  return kind === 'untrusted' || kind === 'unknown-user';
}

/**
 * The public error for a failure.
 * @param subject The subject of the call.
 * @param next What happens next, or what you can do. @default a retry
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
