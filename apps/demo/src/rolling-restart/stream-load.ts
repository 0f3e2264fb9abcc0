import { setTimeout as delay } from 'node:timers/promises';
import type { HelloReply } from '@grpc-discovery/proto';
import { status, type ServiceError } from '@grpc/grpc-js';
import type { GreeterClient } from './greeter.client.js';
import type { Failures, Tally } from './tally.js';

const INTERVAL_MS = 100;
/** Longer than any run. */
const TIMES = 1_000_000;

/** Streams of both kinds that never end on their own; each is reopened as soon as its instance ends it. */
export class StreamLoad {
  private readonly stopping = new AbortController();
  private readonly streams: Promise<void>[];
  private streamsEnded = 0;
  private streamsMoved = 0;

  /** @param pairs How many streams of each kind are held. */
  constructor(
    private readonly greeter: GreeterClient,
    pairs: number,
    private readonly failures: Failures,
  ) {
    this.streams = Array.from({ length: pairs }).flatMap(() => [
      this.hold(() => this.replies()),
      this.hold(() => this.dialogue()),
    ]);
  }

  get tally(): Pick<Tally, 'streamsEnded' | 'streamsMoved'> {
    return { streamsEnded: this.streamsEnded, streamsMoved: this.streamsMoved };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.streams);
  }

  private replies(): AsyncIterable<HelloReply> {
    const { signal } = this.stopping;
    const request = { name: 'stream', times: TIMES, intervalMs: INTERVAL_MS };
    return this.greeter.sayHelloStreamReply(request, { signal });
  }

  private dialogue(): AsyncIterable<HelloReply> {
    const { signal } = this.stopping;
    return this.greeter.sayHelloBidiStream(requests(signal), { signal });
  }

  private async hold(open: () => AsyncIterable<HelloReply>): Promise<void> {
    let left: string | undefined;
    /** Ends by a drain that were not followed by a reply yet. */
    let drains = 0;
    while (!this.stopping.signal.aborted) {
      try {
        for await (const { instanceId } of open()) {
          if (instanceId !== left) this.streamsMoved += drains;
          drains = 0;
          left = instanceId;
        }
        this.failures.add('a stream has ended with OK');
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (!isDrained(error)) this.failures.add(error);
        else {
          this.streamsEnded += 1;
          drains += 1;
        }
      }
    }
  }
}

/** Asks all the time. */
async function* requests(signal: AbortSignal) {
  while (!signal.aborted) {
    yield { name: 'dialogue' };
    await delay(INTERVAL_MS, undefined, { ref: false });
  }
}

function isDrained(error: unknown): boolean {
  const { code, details } = error as Partial<ServiceError>;
  return code === status.UNAVAILABLE && (details ?? '').includes('is shutting down');
}
