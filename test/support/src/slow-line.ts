import { Transform, type TransformCallback } from 'node:stream';

/** How slow one direction of a connection is. */
export interface Slowness {
  /** Time that each byte is on its way, in milliseconds. @default 0 */
  readonly delayMs?: number;
  /** @default as many as there are */
  readonly bytesPerSecond?: number;
}

interface Parcel {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

/** One direction of a connection: what goes in comes out later, whole and in order. */
export class SlowLine extends Transform {
  private readonly underway: Parcel[] = [];
  /** When the last byte that went in had found its place on the line. */
  private sentAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private onEmpty: (() => void) | undefined;

  /** @param slowness Asked for each piece anew. */
  constructor(private readonly slowness: () => Slowness) {
    super();
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const { delayMs = 0, bytesPerSecond = Infinity } = this.slowness();
    const now = performance.now();
    this.sentAt = Math.max(now, this.sentAt) + (bytes.length / bytesPerSecond) * 1_000;
    if (this.underway.length === 0 && this.sentAt <= now && delayMs === 0) {
      return done(undefined, bytes);
    }
    this.underway.push({ bytes, dueAt: this.sentAt + delayMs });
    this.arm();
    // The next piece waits until there is place, not until this one has arrived.
    setTimeout(done, this.sentAt - now);
  }

  override _flush(done: TransformCallback): void {
    if (this.underway.length === 0) done();
    else this.onEmpty = done;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.timer);
    done(error);
  }

  private arm(): void {
    const first = this.underway[0];
    if (first === undefined || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.arrive(), Math.max(0, first.dueAt - performance.now()));
  }

  private arrive(): void {
    this.timer = undefined;
    const first = this.underway[0];
    // A timer may be early by a fraction of a millisecond.
    if (first && first.dueAt <= performance.now()) {
      this.underway.shift();
      this.push(first.bytes);
    }
    this.arm();
    if (this.underway.length === 0) this.onEmpty?.();
  }
}
