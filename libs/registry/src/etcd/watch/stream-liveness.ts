import type { Clock, Timer } from '../../timing/clock.js';

/** Silence in milliseconds after which a progress answer is requested. */
const SILENCE_MS = 2_000;
/**
 * Time for the answer before the stream is suspected; a late answer still clears it. With the silence before and the
 * confirmation after it, a hung endpoint is left after 3.5 s, so that a watch is back within 5 s on a busy machine, too.
 */
const ANSWER_MS = 500;
/** As {@link ANSWER_MS} for the creation of a watch: etcd may have many to create. */
const CREATED_MS = 1_500;
/**
 * A missing answer is only a suspicion: etcd sends none while a watch on the stream catches up. After this many consecutive
 * suspicions that another answer refuted, the stream is given up anyway.
 */
const MAX_REFUTED = 3;

export interface LivenessOptions {
  readonly clock: Clock;
  readonly requestProgress: () => void;
  /** Whether the endpoint answers another request in time. Never rejects. */
  readonly confirm: () => Promise<boolean>;
  readonly onDead: () => void;
}

type State =
  | { readonly kind: 'quiet'; readonly timer: Timer }
  | { readonly kind: 'asked'; readonly timer: Timer }
  | { readonly kind: 'suspected' }
  | { readonly kind: 'over' };

/** Finds out whether a silent stream is alive. Each timer belongs to a state and is cancelled when that is left. */
export class StreamLiveness {
  private state: State;
  private refuted = 0;

  constructor(private readonly options: LivenessOptions) {
    this.state = this.quiet();
  }

  /** A request was sent that etcd always answers: the next message is due. */
  expectAnswer(): void {
    if (this.state.kind === 'quiet') this.move(this.asked(CREATED_MS));
  }

  /** Any message proves that the stream is alive. */
  messageReceived(): void {
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
