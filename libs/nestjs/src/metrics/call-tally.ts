import type { status } from '@grpc/grpc-js';

/** Counts the calls of one rpc by outcome. */
export interface EndedCalls {
  readonly instanceId: string;
  readonly code: status;
  readonly count: number;
}

/**
 * Counts the calls of one rpc in plain numbers; a scrape converts them to series. A counter of prom-client takes 4 µs to find
 * the series of five labels, which is 2 % of a call.
 */
export class CallTally {
  readonly labels: RpcLabels & { readonly service_name: string };
  readonly durations: DurationTally;
  inFlight = 0;
  /** By instance, then by code. */
  private readonly counts = new Map<string, number[]>();

  constructor(service: string, path: string, buckets: readonly number[]) {
    this.durations = new DurationTally(buckets);
    this.labels = { service_name: service, ...rpcLabels(path) };
  }

  end(instanceId: string, code: status, seconds: number): void {
    this.inFlight -= 1;
    this.durations.observe(seconds);
    let counts = this.counts.get(instanceId);
    if (!counts) this.counts.set(instanceId, (counts = []));
    counts[code] = (counts[code] ?? 0) + 1;
  }

  forget(instanceId: string): void {
    this.counts.delete(instanceId);
  }

  get ended(): readonly EndedCalls[] {
    return [...this.counts].flatMap(([instanceId, counts]) =>
      // Codes that never occurred are holes in the array and are left out.
      counts.flatMap((count, code) => [{ instanceId, code, count }]),
    );
  }
}

/** Call durations by bucket: what a histogram of prom-client holds, without a label look-up for each call. */
export class DurationTally {
  /** One count per bucket, not cumulative; the last is for calls longer than all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  /** @param bounds of the buckets, in seconds, in growing order. */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(seconds: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += seconds;
  }
}

/** Names of an rpc, by OpenTelemetry's conventions. */
export interface RpcLabels {
  readonly rpc_service: string;
  readonly rpc_method: string;
}

/** @param path as gRPC sends it: `/helloworld.Greeter/SayHello`. */
function rpcLabels(path: string): RpcLabels {
  const [, rpc_service = '', rpc_method = ''] = path.split('/');
  return { rpc_service, rpc_method };
}
