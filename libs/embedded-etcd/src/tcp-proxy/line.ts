import type { Socket } from 'node:net';

/** How slow one direction of a connection is. */
export interface Slowness {
  /** Latency of each byte, in milliseconds. @default 0 */
  readonly delayMs?: number;
  /** @default unlimited */
  readonly bytesPerSecond?: number;
}

interface Parcel {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

/** One direction of a connection. It delivers bytes whole and in order, late, after a pause, or never. */
export class Line {
  private readonly queue: Parcel[] = [];
  private flow: 'passing' | 'held' | 'lost' = 'passing';
  /** Time at which the last byte has left the sender, given the bandwidth. */
  private sentAt = 0;
  private isSending = false;
  private isTargetFull = false;
  private isEnded = false;
  private sendTimer: NodeJS.Timeout | undefined;
  private deliveryTimer: NodeJS.Timeout | undefined;

  /** @param slowness Read for each piece of data, so that a change applies to open connections. */
  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly slowness: () => Slowness,
  ) {
    from.on('data', (bytes) => this.send(bytes));
    from.on('close', () => this.end());
    // A 'close' follows every error.
    from.on('error', () => undefined);
    to.on('drain', () => {
      this.isTargetFull = false;
      this.read();
    });
    to.on('close', () => this.clear());
  }

  send(bytes: Buffer): void {
    if (this.flow === 'lost') return;
    const { delayMs = 0, bytesPerSecond = Infinity } = this.slowness();
    const now = performance.now();
    this.sentAt = Math.max(now, this.sentAt) + (bytes.length / bytesPerSecond) * 1_000;
    this.queue.push({ bytes, dueAt: this.sentAt + delayMs });
    if (this.sentAt > now) this.waitUntilSent(this.sentAt - now);
    this.deliver();
  }

  /** Nothing passes until `release`; the bytes of the sender wait, in the kernel at last. */
  hold(): void {
    if (this.flow === 'lost') return;
    this.flow = 'held';
    clearTimeout(this.deliveryTimer);
    this.from.pause();
  }

  release(): void {
    if (this.flow !== 'held') return;
    this.flow = 'passing';
    this.deliver();
    this.read();
  }

  /** Discards every byte from now on, without either side noticing. Can't be undone. */
  lose(): void {
    this.flow = 'lost';
    this.clear();
    this.from.resume();
  }

  private waitUntilSent(ms: number): void {
    this.isSending = true;
    this.from.pause();
    this.sendTimer = setTimeout(() => {
      this.isSending = false;
      this.read();
    }, ms);
  }

  private read(): void {
    if (this.flow === 'passing' && !this.isSending && !this.isTargetFull) this.from.resume();
  }

  private deliver(): void {
    clearTimeout(this.deliveryTimer);
    if (this.flow !== 'passing') return;
    for (let first = this.queue[0]; first; first = this.queue[0]) {
      const waitMs = first.dueAt - performance.now();
      if (waitMs > 0) {
        this.deliveryTimer = setTimeout(() => this.deliver(), waitMs);
        return;
      }
      this.queue.shift();
      this.write(first.bytes);
    }
    if (this.isEnded) this.to.destroySoon();
  }

  private write(bytes: Buffer): void {
    if (this.to.write(bytes)) return;
    this.isTargetFull = true;
    this.from.pause();
  }

  /** The sender is gone: the other side follows once it has received everything. */
  private end(): void {
    clearTimeout(this.sendTimer);
    if (this.flow === 'lost') return;
    if (this.flow === 'held') return void this.to.destroy();
    this.isEnded = true;
    this.deliver();
  }

  private clear(): void {
    this.queue.length = 0;
    clearTimeout(this.sendTimer);
    clearTimeout(this.deliveryTimer);
  }
}
