/** Exit codes of a process that a signal ended, by the convention of shells: 128 plus the signal's number. */
const CODES = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

export type EndingSignal = keyof typeof CODES;

export function exitCodeOfSignal(name: EndingSignal): number {
  return CODES[name];
}

/** The exit code for an aborted signal, whose reason is the name of an {@link EndingSignal}. @default that of SIGINT */
export function interruptedCode({ reason }: AbortSignal): number {
  return CODES[reason as EndingSignal] ?? CODES.SIGINT;
}

/** Resolves when the work is done or the user interrupts it. The result of interrupted work is ignored. */
export async function untilInterrupted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const waiting = new AbortController();
  try {
    await Promise.race([work, aborted(signal, waiting.signal)]);
  } finally {
    waiting.abort();
  }
}

/** Resolves when the signal is aborted. @param waiting Abort it to stop waiting. */
export function aborted(signal: AbortSignal, waiting?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), {
      once: true,
      ...(waiting && { signal: waiting }),
    });
  });
}
