import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { CallInterceptors, type ServedInstance } from '../call-interceptors.js';
import { isHealthCheck } from '../server/server-health.js';
import { CallTally } from './call-tally.js';
import { METRICS_OPTIONS, type NormalizedMetricsOptions } from './metrics.options.js';
import { OwnMetrics } from './own-metrics.js';
import { scrapedCounter, scrapedGauge, scrapedHistogram } from './scraped.js';

const RPC = ['service_name', 'instance_id', 'rpc_service', 'rpc_method'] as const;

/** The calls of one rpc on one instance. */
interface ServedCalls {
  readonly labels: CallTally['labels'] & { readonly instance_id: string };
  readonly tally: CallTally;
}

/** Counts the calls that this application serves, except health checks. */
@Injectable()
export class ServerCallMetrics {
  private readonly served: ServedCalls[] = [];

  constructor(
    @Inject(METRICS_OPTIONS) private readonly options: NormalizedMetricsOptions,
    metrics: OwnMetrics,
    interceptors: CallInterceptors,
  ) {
    const { buckets } = options;
    scrapedCounter(metrics, {
      name: 'grpc_server_calls_total',
      help: 'Ended calls by status; calls that the client cancelled are CANCELLED (1).',
      labelNames: [...RPC, 'rpc_grpc_status_code'],
      read: () =>
        this.served.flatMap(({ labels, tally }) =>
          tally.ended.map(({ code, count }) => {
            return [{ ...labels, rpc_grpc_status_code: code }, count] as const;
          }),
        ),
    });
    const durations = {
      name: 'grpc_server_call_duration_seconds',
      help: 'Time from the first header of a call to its end.',
      labelNames: RPC,
      read: () => this.served.map(({ labels, tally }) => [labels, tally.durations] as const),
    };
    scrapedHistogram(metrics, durations, buckets);
    scrapedGauge(metrics, {
      name: 'grpc_server_calls_in_flight',
      help: 'Calls that have started and not ended.',
      labelNames: RPC,
      read: () => this.served.map(({ labels, tally }) => [labels, tally.inFlight] as const),
    });
    interceptors.addToServers((instance) => this.interceptor(instance));
  }

  private interceptor(instance: ServedInstance): ServerInterceptor {
    const methods = new Map<string, ServedCalls>();
    return ({ path }, next) => {
      if (isHealthCheck(path)) return new ServerInterceptingCall(next);
      let method = methods.get(path);
      if (!method) methods.set(path, (method = this.serve(instance, path)));
      return measured(next, method);
    };
  }

  /** @param path Of a method that the server has: grpc-js answers unknown methods before any interceptor runs. */
  private serve({ id, service }: ServedInstance, path: string): ServedCalls {
    const tally = new CallTally(service, path, this.options.buckets);
    const served = { labels: { ...tally.labels, instance_id: id }, tally };
    this.served.push(served);
    return served;
  }
}

function measured(
  next: ConstructorParameters<typeof ServerInterceptingCall>[0],
  { labels, tally }: ServedCalls,
): ServerInterceptingCall {
  let startedAt = 0;
  let code: status = status.CANCELLED;
  return new ServerInterceptingCall(next, {
    start: (start) =>
      start({
        // Not earlier: a call that was cancelled before would never report its end.
        onReceiveMetadata: (metadata, pass) => {
          startedAt = performance.now();
          tally.inFlight += 1;
          pass(metadata);
        },
        // grpc-js calls it at the end of every call.
        onCancel: () => {
          tally.end(labels.instance_id, code, (performance.now() - startedAt) / 1000);
        },
      }),
    sendStatus: (ending, pass) => {
      code = ending.code ?? status.UNKNOWN;
      pass(ending);
    },
  });
}
