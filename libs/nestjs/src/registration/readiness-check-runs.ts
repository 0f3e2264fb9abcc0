import type { ReadinessCheck } from './readiness.options.js';
import { EXPECTED_RESULT, verdictOf } from './readiness-result.js';
import { functionName, thrownKind } from './value-kind.js';

/** The runs of one check, one at a time, each within its bound. */
export class ReadinessCheckRuns {
  /** As it may be shown: `checks[0] (database)`. */
  private readonly name: string;
  /** Set until a run has ended, a late one included. */
  private isRunning = false;
  private hasTold = false;

  constructor(
    private readonly check: ReadinessCheck,
    index: number,
    private readonly warn: (message: string) => void,
  ) {
    const name = functionName(check);
    this.name = name === undefined ? `checks[${index}]` : `checks[${index}] (${name})`;
  }

  /** Resolves to why the check fails, or to undefined when it passes; in time, and whatever the check does. */
  async run(timeoutMs: number): Promise<string | undefined> {
    if (this.isRunning) return `${this.name} has still not ended`;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      const reason = `${this.name} took over ${timeoutMs} ms`;
      timer = setTimeout(() => resolve(reason), timeoutMs).unref();
    });
    return Promise.race([this.failure(), late]).finally(() => clearTimeout(timer));
  }

  private async failure(): Promise<string | undefined> {
    const { check } = this;
    this.isRunning = true;
    try {
      return this.judge(await check());
    } catch (error) {
      return `${this.name} threw ${thrownKind(error)}`;
    } finally {
      this.isRunning = false;
    }
  }

  private judge(result: unknown): string | undefined {
    const verdict = verdictOf(result);
    if (verdict.kind === 'passed') return undefined;
    if (verdict.kind === 'failed') return `${this.name} said no`;
    if (!this.hasTold) {
      this.hasTold = true;
      const counts = verdict.passes
        ? 'which counts as passed, as it has not thrown'
        : 'which counts as a failure, as its "ok" is false';
      this.warn(
        `readiness.${this.name} must give ${EXPECTED_RESULT}, but has given ${verdict.given}, ${counts}. ` +
          'Return whether it passes, such as "response.ok"; throw where it does not.',
      );
    }
    return verdict.passes ? undefined : `${this.name} gave ${verdict.given}`;
  }
}
