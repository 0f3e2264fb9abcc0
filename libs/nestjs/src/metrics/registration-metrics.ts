import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { LocalInstances, type DrainEvent } from '../server/local-instances.js';
import { OwnMetrics } from './own-metrics.js';
import { scrapedGauge } from './scraped.js';

const INSTANCE = ['service_name', 'instance_id'] as const;

/** Metrics of this process's own instances: whether they are listed, and how they drained. */
@Injectable()
export class RegistrationMetrics {
  private readonly draining;
  private readonly durations;
  private readonly streamsEnded;
  private readonly callsCut;

  constructor(metrics: OwnMetrics, instances: LocalInstances) {
    const registers = [metrics.registry];
    const labelNames = INSTANCE;
    scrapedGauge(metrics, {
      name: 'grpc_discovery_registered',
      help: '1 while the registry lists the instance according to its last report, else 0.',
      labelNames,
      read: () =>
        instances.registrations.map(({ instance, state }) => {
          return [labelsOf(instance), state.kind === 'registered' ? 1 : 0] as const;
        }),
    });
    this.draining = metrics.add(
      'grpc_discovery_draining',
      () =>
        new Gauge({
          name: 'grpc_discovery_draining',
          help: '1 while the instance drains.',
          labelNames,
          registers,
        }),
    );
    this.durations = metrics.add(
      'grpc_discovery_drain_duration_seconds',
      () =>
        new Histogram({
          name: 'grpc_discovery_drain_duration_seconds',
          help: 'Time from the first step of a drain to the closed port.',
          labelNames,
          buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60],
          registers,
        }),
    );
    this.streamsEnded = metrics.add(
      'grpc_discovery_drain_streams_ended_total',
      () =>
        new Counter({
          name: 'grpc_discovery_drain_streams_ended_total',
          help: 'Streams that a drain ended so that clients reopen them elsewhere.',
          labelNames,
          registers,
        }),
    );
    this.callsCut = metrics.add(
      'grpc_discovery_drain_calls_cut_total',
      () =>
        new Counter({
          name: 'grpc_discovery_drain_calls_cut_total',
          help: 'Calls that were cut because they had not finished within drain.graceMs.',
          labelNames,
          registers,
        }),
    );
    instances.onDrain((event) => this.follow(event));
  }

  private follow(event: DrainEvent): void {
    const labels = labelsOf(event.instance);
    this.draining.set(labels, event.kind === 'draining' ? 1 : 0);
    if (event.kind === 'draining') return;
    const { durationMs, streamsEnded, callsCut } = event.result;
    this.durations.observe(labels, durationMs / 1000);
    this.streamsEnded.inc(labels, streamsEnded);
    this.callsCut.inc(labels, callsCut);
  }
}

function labelsOf({ service, id }: { readonly service: string; readonly id: string }) {
  return { service_name: service, instance_id: id };
}
