import { plainCause, remedyFor } from './plain-cause.js';
import { printable } from './text.js';

/** No endpoint of the registry answers. Where nothing else is said it is tried again, for ever. */
export class RegistryUnreachableError extends Error {
  override readonly name = 'RegistryUnreachableError';

  constructor(
    /** The hosts that were tried. */
    readonly hosts: readonly string[],
    /** What was wanted of the registry, e.g. the prefix that is searched. */
    readonly subject: string,
    cause: unknown,
    /** What happens next, or has to be done. */
    next = 'It is tried again',
  ) {
    super(
      `${because(cause)}: ${subject}: the registry at ${hosts.join(', ')} should answer, but does not. ${next}; ` +
        `${remedyFor(because(cause)) ?? 'check that it runs and that hosts and scheme are right'}.`,
      { cause },
    );
  }
}

/** The registry answers, but refuses what was asked: missing permission, wrong password, full store. */
export class RegistryRefusedError extends Error {
  override readonly name = 'RegistryRefusedError';

  constructor(
    readonly hosts: readonly string[],
    readonly subject: string,
    cause: unknown,
    /** What happens next, or has to be done. */
    next = 'It is tried again at long intervals',
  ) {
    super(
      `${because(cause)}: ${subject}: the registry at ${hosts.join(', ')} should allow it, but refuses. ${next}; ` +
        `${remedyFor(because(cause)) ?? 'check the user, its role, the certificates and the space left in the store'}.`,
      { cause },
    );
  }
}

/** The registry was closed; nothing more can be registered or watched with it. */
export class RegistryClosedError extends Error {
  override readonly name = 'RegistryClosedError';

  constructor(readonly subject: string) {
    super(`${subject}: the registry should be open, but was closed. Create a new one.`);
  }
}

/** The registry has not answered yet; a snapshot from disk is used until it does. */
export class RegistryLateError extends Error {
  override readonly name = 'RegistryLateError';

  constructor(
    readonly subject: string,
    readonly limitMs: number,
  ) {
    super(
      `${subject}: the registry should have answered within ${limitMs} ms, but has not yet. ` +
        'It is waited for; check that it runs if this goes on.',
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

/** Two servers want to be registered under one id; the other one keeps it. */
export class InstanceConflictError extends Error {
  override readonly name = 'InstanceConflictError';

  constructor(
    /** The key that both want. */
    readonly key: string,
    /** Where the server listens that is to be registered. */
    readonly address: string,
    /** Where the server listens that keeps the id. */
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
  snapshot: ['hold a snapshot', 'It is ignored, and replaced once the registry answers'],
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

/** The cause of a failure without what others put around it. */
function because(cause: unknown): string {
  return plainCause(reason(cause));
}

/** The text of a failure, without its stack, on one line. */
export function reason(error: unknown): string {
  return printable(messageOf(error).replace(/\s+/g, ' ')).slice(0, 300);
}

/** Whatever was thrown: a getter may throw, too. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error
      ? String(error.message)
      : String((error as { message?: unknown })?.message ?? error);
  } catch {
    return 'something that can not be read';
  }
}
