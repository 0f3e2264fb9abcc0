import { type status } from '@grpc/grpc-js';

interface PlannedFailure {
  readonly method: string;
  readonly code: status;
}

/** What goes wrong with calls on purpose: late answers, and failures asked for in advance. */
export class RpcFaults {
  /** How late every answer comes, in milliseconds. */
  delayMs = 0;
  private planned: PlannedFailure[] = [];

  failNext(method: string, code: status, times: number): void {
    for (let i = 0; i < times; i++) this.planned.push({ method, code });
  }

  /** The failure planned for this call, which is used up by asking. */
  take(method: string): status | undefined {
    const index = this.planned.findIndex((failure) => failure.method === method);
    return index < 0 ? undefined : this.planned.splice(index, 1)[0]!.code;
  }

  clear(): void {
    this.delayMs = 0;
    this.planned = [];
  }
}
