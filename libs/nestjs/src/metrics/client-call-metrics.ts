import type { ServiceInstance } from '@grpc-discovery/registry';
import type { Interceptor, NextCall, StatusObject } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { CallInterceptors } from '../call-interceptors.js';
import { ObservedCall } from '../client/observed-call.js';
import type { CallTally } from './call-tally.js';
import { METRICS_OPTIONS, type NormalizedMetricsOptions } from './metrics.options.js';
import { OwnMetrics } from './own-metrics.js';
import { scrapedCounter, scrapedGauge, scrapedHistogram } from './scraped.js';
import { ServiceTally } from './service-tally.js';

const RPC = ['service_name', 'rpc_service', 'rpc_method'] as const;

/** Counts the calls that this application makes, as callers see them: one per call, whatever the number of attempts. */
@Injectable()
export class ClientCallMetrics {
  private readonly services = new Map<string, ServiceTally>();

  constructor(
    @Inject(METRICS_OPTIONS)
    { buckets, maxInstances: max, retireAfterMs }: NormalizedMetricsOptions,
    metrics: OwnMetrics,
    interceptors: CallInterceptors,
  ) {
    scrapedCounter(metrics, {
      name: 'grpc_client_calls_total',
      help: 'Calls that have ended, by the instance that was picked last ("" for none) and the status.',
      labelNames: [...RPC, 'instance_id', 'rpc_grpc_status_code'],
      read: () =>
        this.methods().flatMap(({ labels, ended }) =>
          ended.map(({ instanceId, code, count }) => {
            const named = { instance_id: instanceId, rpc_grpc_status_code: code };
            return [{ ...labels, ...named }, count] as const;
          }),
        ),
    });
    const durations = {
      name: 'grpc_client_call_duration_seconds',
      help: 'Time from the start of a call to its status, waiting and all attempts included.',
      labelNames: RPC,
      read: () => this.methods().map((method) => [method.labels, method.durations] as const),
    };
    scrapedHistogram(metrics, durations, buckets);
    scrapedGauge(metrics, {
      name: 'grpc_client_calls_in_flight',
      help: 'Calls that have started and not ended.',
      labelNames: RPC,
      read: () => this.methods().map(({ labels, inFlight }) => [labels, inFlight] as const),
    });
    scrapedCounter(metrics, {
      name: 'grpc_client_picks_total',
      help: 'Instances picked for calls: one per attempt, and one more if the pick could not be used.',
      labelNames: ['service_name', 'instance_id'],
      read: () =>
        [...this.services.values()].flatMap(({ service, picks }) =>
          [...picks].map(([id, count]) => {
            return [{ service_name: service, instance_id: id }, count] as const;
          }),
        ),
    });
    interceptors.addToClients((service) => {
      const tally = new ServiceTally(service, { max, retireAfterMs }, buckets);
      this.services.set(service, tally);
      return measuring(tally);
    });
  }

  /** Drops the series of removed instances. @param listed The instances that remain. */
  retire(service: string, listed: ReadonlySet<string>): void {
    this.services.get(service)?.retire(listed);
  }

  private methods(): readonly CallTally[] {
    return [...this.services.values()].flatMap(({ calls }) => calls);
  }
}

function measuring(service: ServiceTally): Interceptor {
  return (options, next) => {
    const method = service.method(options.method_definition.path);
    return new MeasuredCall(next(options), service, method);
  };
}

class MeasuredCall extends ObservedCall {
  private readonly startedAt = performance.now();
  /** The last picked instance: except with hedging, its attempt decides the outcome of the call. */
  private instanceId = '';

  constructor(
    call: ReturnType<NextCall>,
    private readonly service: ServiceTally,
    private readonly method: CallTally,
  ) {
    super(call);
    method.inFlight += 1;
  }

  override picked({ id }: ServiceInstance): void {
    this.instanceId = this.service.pick(id);
  }

  override ended({ code }: StatusObject): void {
    const seconds = (performance.now() - this.startedAt) / 1000;
    this.service.end(this.method, this.instanceId, code, seconds);
  }
}
