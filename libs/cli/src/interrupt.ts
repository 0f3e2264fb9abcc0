/** Exit codes of a process that a signal ended, as shells tell them: 128 and the signal's number. */
const CODES = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

export type EndingSignal = keyof typeof CODES;

export function exitCodeOfSignal(name: EndingSignal): number {
  return CODES[name];
}

/** Of a signal that was aborted with the name of what ended the process; by Ctrl-C unless it tells otherwise. */
export function interruptedCode({ reason }: AbortSignal): number {
  return CODES[reason as EndingSignal] ?? CODES.SIGINT;
}

/** Resolves when the work has ended or the user has ended it; what the work comes to afterwards is nobody's. */
export async function untilInterrupted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const waiting = new AbortController();
  try {
    await Promise.race([work, aborted(signal, waiting.signal)]);
  } finally {
    waiting.abort();
  }
}

/** Resolves when the signal is aborted. @param waiting Aborted when nobody waits any more. */
export function aborted(signal: AbortSignal, waiting?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), {
      once: true,
      ...(waiting && { signal: waiting }),
    });
  });
}
