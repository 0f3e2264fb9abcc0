import { plainCause, remedyFor, printable } from './text.js';

/** A value that breaks a rule. Thrown synchronously, before anything is started. */
export class InvalidOptionError extends Error {
  override readonly name: string = 'InvalidOptionError';

  /**
   * @param option Name of the option or field.
   * @param expected The rule, in words.
   * @param given The value that was passed, safe to print: never a password, a token or a metadata value.
   * @param remedy How to correct it.
   * @param cause The underlying error, if any.
   */
  constructor(
    readonly option: string,
    readonly expected: string,
    readonly given: string,
    remedy: string,
    cause?: unknown,
  ) {
    super(
      `${option} must be ${expected}, but is ${given}. ${remedy}`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** No endpoint of the registry answers. Retried without an end unless the method documents otherwise. */
export class RegistryUnreachableError extends Error {
  override readonly name = 'RegistryUnreachableError';

  constructor(
    /** The hosts that were tried. */
    readonly hosts: readonly string[],
    /** The subject of the call, such as the searched prefix. */
    readonly subject: string,
    cause: unknown,
    /** What happens next, or what you can do. */
    next = 'Retrying',
  ) {
    super(
      `${because(cause)}: ${subject}: the registry at ${hosts.join(', ')} should answer, but does not. ${next}; ` +
        `${remedyFor(because(cause)) ?? 'check that it runs and that hosts and scheme are right'}.`,
      { cause },
    );
  }
}

/** The registry answers but refuses the call: missing permission, wrong password, full store. */
export class RegistryRefusedError extends Error {
  override readonly name = 'RegistryRefusedError';

  constructor(
    readonly hosts: readonly string[],
    readonly subject: string,
    cause: unknown,
    /** What happens next, or what you can do. */
    next = 'Retrying at long intervals',
  ) {
    super(
      `${because(cause)}: ${subject}: the registry at ${hosts.join(', ')} should allow it, but refuses. ${next}; ` +
        `${remedyFor(because(cause)) ?? 'check the user, its role, the certificates and the space left in the store'}.`,
      { cause },
    );
  }
}

/** The registry is closed; nothing can be registered or watched with it any more. */
export class RegistryClosedError extends Error {
  override readonly name = 'RegistryClosedError';

  constructor(readonly subject: string) {
    super(`${subject}: the registry is already closed. Create a new one.`);
  }
}

/** The registry has not answered yet; a snapshot from disk is in use until it does. */
export class RegistryLateError extends Error {
  override readonly name = 'RegistryLateError';

  constructor(
    readonly subject: string,
    readonly limitMs: number,
  ) {
    super(
      `${subject}: the registry should have answered within ${limitMs} ms, but has not yet. ` +
        'The wait continues; check that it runs if this persists.',
    );
  }
}

/** The instance was deregistered before the registry ever held it. */
export class InstanceDeregisteredError extends Error {
  override readonly name = 'InstanceDeregisteredError';

  constructor(
    readonly service: string,
    readonly instanceId: string,
  ) {
    super(
      `${service}/${instanceId} should have been registered, but was deregistered before the registry held it. ` +
        'Register it again if it still serves.',
    );
  }
}

/** Two servers register under one id; the other one keeps it. */
export class InstanceConflictError extends Error {
  override readonly name = 'InstanceConflictError';

  constructor(
    /** The key of both. */
    readonly key: string,
    /** Address of the server that loses the id. */
    readonly address: string,
    /** Address of the server that keeps the id. */
    readonly keptBy: string,
  ) {
    super(
      `${key} should belong to one server, but the one at ${address} and the one at ${keptBy} both use this id; ` +
        `the one at ${keptBy} keeps it. Give each its own id (service.id), or leave it out.`,
    );
  }
}

/** What a broken entry should hold, and what happens to one that does not. */
const ENTRIES = {
  instance: ['hold an instance', 'It is left out; remove it or register the instance again'],
  override: ['hold the override of an instance', 'It is ignored; set it again or remove it'],
  config: [
    'hold a gRPC service config',
    'The last good one stays in use; publish it again or remove it',
  ],
  snapshot: ['hold a snapshot', 'It is ignored, and is replaced once the registry answers'],
} as const;

/** An entry of the registry, or a snapshot on disk, that can't be read. It is ignored. */
export class BrokenEntryError extends Error {
  override readonly name = 'BrokenEntryError';

  constructor(
    /** What the entry should hold. */
    readonly kind: keyof typeof ENTRIES,
    /** Key of the entry; path of a snapshot. */
    readonly key: string,
    /** What is wrong with it. */
    readonly reality: string,
    cause?: unknown,
  ) {
    const [expectation, next] = ENTRIES[kind];
    super(
      `${printable(key)} should ${expectation}, but ${reality}. ${next}.`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** The bare cause of a failure. */
function because(cause: unknown): string {
  return plainCause(reason(cause));
}

/** The text of a failure, without its stack, on one line. */
export function reason(error: unknown): string {
  return printable(messageOf(error).replace(/\s+/g, ' ')).slice(0, 300);
}

/** Handles any thrown value: a getter may throw, too. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error
      ? String(error.message)
      : String((error as { message?: unknown })?.message ?? error);
  } catch {
    return 'an error that can not be read';
  }
}
