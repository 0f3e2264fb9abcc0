import type { Registration, Registry, RegistryDescription, Watch } from '@grpc-discovery/registry';
import { readOptions } from '@grpc-discovery/registry/options';
import { connectivityState } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { ClientCatalog } from '../client/client-catalog.js';
import { ServiceChannels } from '../client/service-channels.js';
import { WatchedServices } from '../client/watched-services.js';
import { DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { LocalInstances } from '../server/local-instances.js';
import {
  clientTable,
  registrationTable,
  registryTable,
  type ClientHealthOptions,
  type RegistrationHealthOptions,
  type RegistryHealthOptions,
} from './health-options.js';

/** The finding for one subject, such as an instance. The worst finding decides the result. */
interface Finding {
  readonly verdict: 'up' | 'impaired' | 'down';
  readonly details: Readonly<Record<string, unknown>>;
}

/** Indicators for terminus. During an outage of etcd, a service that still works is `degraded`, never down for that alone. */
@Injectable()
export class DiscoveryHealthIndicator {
  private readonly missingSince = new WeakMap<Registration, number>();

  constructor(
    private readonly health: HealthIndicatorService,
    private readonly instances: LocalInstances,
    private readonly catalog: ClientCatalog,
    private readonly channels: ServiceChannels,
    private readonly watched: WatchedServices,
    @Inject(DISCOVERY_REGISTRY) private readonly source: Registry,
  ) {}

  /** Whether the servers of this application serve and are listed. Down before the first call and from the drain on. */
  registration<Key extends string = 'registration'>(
    key = 'registration' as Key,
    options: RegistrationHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    const { maxMissingMs, maxKeepaliveAgoMs } = readOptions(registrationTable, options, key);
    const { registrations } = this.instances;
    if (registrations.length === 0) return this.health.check(key).down('no server serves');
    const { lease } = this.source.describe();
    return this.result(
      key,
      registrations.map((each) => {
        const found = this.ofRegistration(each, maxMissingMs);
        return [each.instance.id, withLease(found, lease, maxKeepaliveAgoMs)];
      }),
    );
  }

  /** Whether the instance lists of clients are current. Down while a list is missing. */
  registry<Key extends string = 'registry'>(
    key = 'registry' as Key,
    options: RegistryHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    const read = readOptions(registryTable, options, key);
    const { services = this.catalog.services, maxStalenessMs } = read;
    return this.result(key, [
      ['connection', ofConnection(this.source.describe().connection)],
      ...services.map(
        (service) => [service, ofWatch(this.watched.of(service), maxStalenessMs)] as const,
      ),
    ]);
  }

  /**
   * Whether calls of a service find an instance: how many of how many are ready. Down for a service that this application has
   * no client of.
   */
  client<Service extends string, Key extends string = Service>(
    service: Service,
    key = service as string as Key,
    options: ClientHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    const { minReady, minReadyShare } = readOptions(clientTable, options, key);
    const session = this.health.check(key);
    if (!this.catalog.services.includes(service)) {
      return session.down(`no client of service "${service}" is provided here`);
    }
    if (!this.channels.areConnecting) return session.down('the application is not initialized');
    const state = this.channels.channel(service).getConnectivityState(true);
    const counts = this.channels.describe(service)?.counts;
    const instances = counts ? Object.values(counts).reduce((sum, count) => sum + count) : 0;
    // If all instances have weight 0, all of them get calls.
    const ready = counts ? counts.ready || counts.draining : 0;
    const details = { state: connectivityState[state], ready, instances };
    // An idle channel has no calls, and connects with the next.
    if (state === connectivityState.IDLE) return session.up(details);
    if (state !== connectivityState.READY || ready < minReady) return session.down(details);
    const isImpaired = ready < minReadyShare * instances;
    return isImpaired && 'degraded' in session ? session.degraded(details) : session.up(details);
  }

  private ofRegistration(registration: Registration, maxMissingMs: number): Finding {
    const { state, instance } = registration;
    const ageMs = Date.now() - Date.parse(instance.startedAt);
    const details = { state: state.kind, ageMs };
    if (state.kind === 'deregistered') return { verdict: 'down', details };
    if (state.kind === 'registered') {
      this.missingSince.delete(registration);
      return { verdict: 'up', details };
    }
    const since = this.missingSince.get(registration) ?? performance.now();
    this.missingSince.set(registration, since);
    const missingMs = Math.round(performance.now() - since);
    const verdict = missingMs > maxMissingMs ? 'down' : 'impaired';
    return { verdict, details: { ...details, missingMs } };
  }

  private result<Key extends string>(
    key: Key,
    findings: readonly (readonly [subject: string, Finding])[],
  ): HealthIndicatorResult<Key> {
    const session = this.health.check(key);
    const details = Object.fromEntries(findings.map(([subject, each]) => [subject, each.details]));
    const has = (verdict: Finding['verdict']) =>
      findings.some(([, finding]) => finding.verdict === verdict);
    if (has('down')) return session.down(details);
    // Terminus 11 knows no degraded state.
    if (has('impaired') && 'degraded' in session) return session.degraded(details);
    return session.up(details);
  }
}

/** All registrations share the lease; there is none in memory, nor while a new one is granted. */
function withLease(
  { verdict, details }: Finding,
  lease: RegistryDescription['lease'],
  maxKeepaliveAgoMs: number,
): Finding {
  if (lease.kind !== 'held') return { verdict, details };
  const keepaliveAgoMs = Math.round(lease.confirmedAgoMs);
  const isLate = keepaliveAgoMs > maxKeepaliveAgoMs;
  return { verdict: isLate ? 'down' : verdict, details: { ...details, keepaliveAgoMs } };
}

function ofConnection(connection: RegistryDescription['connection']): Finding {
  if (connection.kind !== 'down') return { verdict: 'up', details: { state: connection.kind } };
  const forMs = Date.now() - connection.since.getTime();
  return { verdict: 'impaired', details: { state: 'down', forMs } };
}

function ofWatch(watch: Watch, maxStalenessMs: number): Finding {
  const { state } = watch;
  const stalenessMs = watch.stalenessMs();
  if (!('snapshot' in state)) return { verdict: 'down', details: { state: state.kind } };
  const details = { state: state.kind, stalenessMs, instances: state.snapshot.instances.length };
  if (stalenessMs !== undefined && stalenessMs > maxStalenessMs)
    return { verdict: 'down', details };
  return { verdict: state.kind === 'live' ? 'up' : 'impaired', details };
}
