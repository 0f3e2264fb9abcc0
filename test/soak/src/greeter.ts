import { AppProcess } from '@grpc-discovery/test-support';

/** What a greeter is, as far as its maker knows; clients find out by themselves. */
export type GreeterState =
  | { readonly kind: 'starting' }
  /** Listed in the registry, and answering. */
  | { readonly kind: 'live'; readonly since: number }
  | { readonly kind: 'hung'; readonly since: number }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'gone'; readonly since: number };

/** A time in which calls to an instance may fail. */
export interface Trouble {
  readonly kind: 'killed' | 'hung';
  readonly from: number;
  /** Calls that start later must not go there. */
  until: number;
}

/** Until a client's kernel has told it that the other end has gone. */
const NOTICED_MS = 500;
/** Keepalive time and timeout of a channel, and a second for the machine. */
const LEFT_MS = 16_000;

/** One instance of the service, as a process. Times are of `performance.now()`. */
export class Greeter {
  state: GreeterState = { kind: 'starting' };
  /** Known once it is listed. */
  address: string | undefined;
  readonly troubles: Trouble[] = [];
  private readonly process: AppProcess;

  constructor(
    readonly id: string,
    environment: Record<string, string>,
  ) {
    this.process = AppProcess.start('greeter', {
      GRPC_URL: '127.0.0.1:0',
      INSTANCE_ID: id,
      ...environment,
    });
  }

  get isLive(): boolean {
    return this.state.kind === 'live';
  }

  get output(): string {
    return this.process.output;
  }

  get hasEndedByItself(): boolean {
    return !this.process.isRunning && !['stopping', 'gone'].includes(this.state.kind);
  }

  /** The registry lists it at this address. */
  listed(address: string): void {
    if (this.state.kind !== 'starting') return;
    this.address = address;
    this.state = { kind: 'live', since: performance.now() };
  }

  /** SIGKILL. */
  async crash(): Promise<void> {
    const from = performance.now();
    this.troubles.push({ kind: 'killed', from, until: from + NOTICED_MS });
    this.state = { kind: 'gone', since: from };
    await this.process.end('SIGKILL');
  }

  /** SIGTERM: it drains. */
  async stop(): Promise<void> {
    this.state = { kind: 'stopping' };
    await this.process.end('SIGTERM');
    this.state = { kind: 'gone', since: performance.now() };
  }

  /** SIGSTOP: its connections stay open, and nothing answers. */
  hang(): void {
    const from = performance.now();
    this.troubles.push({ kind: 'hung', from, until: from + LEFT_MS });
    this.state = { kind: 'hung', since: from };
    this.process.freeze();
  }

  resume(): void {
    if (this.state.kind !== 'hung') return;
    this.process.thaw();
    const now = performance.now();
    const trouble = this.troubles.at(-1);
    if (trouble) trouble.until = Math.min(trouble.until, now);
    this.state = { kind: 'live', since: now };
  }
}
