import type { Clock, Timer } from '../../timing/clock.js';

/** Silence after which the stream is asked for a progress answer, in milliseconds. */
const SILENCE_MS = 2_000;
/**
 * How long the answer may take before the stream is suspected; a late answer clears it all the same. With the silence
 * before and the confirmation after it a hung endpoint is left after 3.5 s, so that a watch is back within 5 on a machine
 * that has other things to do, too.
 */
const ANSWER_MS = 500;
/** The same for a watch that is created: etcd may have many to create. */
const CREATED_MS = 1_500;
/**
 * A missing answer is only a suspicion: etcd gives none while a watch on the stream is catching up. After this many
 * that another answer refuted, one after the other, the stream is given up all the same.
 */
const MAX_REFUTED = 3;

export interface LivenessOptions {
  readonly clock: Clock;
  readonly requestProgress: () => void;
  /** Whether the endpoint answers another question within its bound. Never rejects. */
  readonly confirm: () => Promise<boolean>;
  readonly onDead: () => void;
}

type State =
  | { readonly kind: 'quiet'; readonly timer: Timer }
  | { readonly kind: 'asked'; readonly timer: Timer }
  | { readonly kind: 'suspected' }
  | { readonly kind: 'over' };

/** Finds out whether a stream that says nothing is alive. Each timer belongs to a state and goes when it is left. */
export class StreamLiveness {
  private state: State;
  private refuted = 0;

  constructor(private readonly options: LivenessOptions) {
    this.state = this.quiet();
  }

  /** Something was asked that etcd answers by itself: the next message is due. */
  expectAnswer(): void {
    if (this.state.kind === 'quiet') this.move(this.asked(CREATED_MS));
  }

  /** Any message proves that the stream lives. */
  heard(): void {
    if (this.state.kind === 'over') return;
    this.refuted = 0;
    this.move(this.quiet());
  }

  stop(): void {
    this.move({ kind: 'over' });
  }

  private quiet(): State {
    return { kind: 'quiet', timer: this.options.clock.after(SILENCE_MS, () => this.ask()) };
  }

  private asked(limitMs: number): State {
    return { kind: 'asked', timer: this.options.clock.after(limitMs, () => this.suspected()) };
  }

  private ask(): void {
    this.move(this.asked(ANSWER_MS));
    this.options.requestProgress();
  }

  private suspected(): void {
    this.suspect().catch(() => this.options.onDead());
  }

  private async suspect(): Promise<void> {
    const suspected: State = { kind: 'suspected' };
    this.move(suspected);
    const alive = this.refuted < MAX_REFUTED && (await this.options.confirm());
    if (this.state !== suspected) return;
    if (alive) {
      this.refuted++;
      return this.move(this.quiet());
    }
    this.move({ kind: 'over' });
    this.options.onDead();
  }

  private move(state: State): void {
    if (this.state.kind === 'quiet' || this.state.kind === 'asked') this.state.timer.cancel();
    this.state = state;
  }
}
