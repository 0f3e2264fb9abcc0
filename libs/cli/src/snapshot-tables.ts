import type { ServiceInstance, Snapshot } from '@grpc-discovery/registry';
import { table } from './table.js';

export function summaryOf({ service, instances }: Snapshot) {
  const of = (field: (instance: ServiceInstance) => string) =>
    [...new Set(instances.map(field).filter((text) => text !== ''))].sort();
  return {
    service,
    instances: instances.length,
    draining: instances.filter(({ weight }) => weight === 0).length,
    versions: of(({ version }) => version),
    zones: of(({ locality }) => locality.zone),
  };
}

export function serviceTable(snapshots: readonly Snapshot[]): string[] {
  const rows = snapshots
    .map(summaryOf)
    .map(({ service, instances, draining, versions, zones }) => [
      service,
      String(instances),
      String(draining),
      versions.join(',') || '-',
      zones.join(',') || '-',
    ]);
  return table([['SERVICE', 'INSTANCES', 'DRAINING', 'VERSIONS', 'ZONES'], ...rows]);
}

export function instanceTable(snapshot: Snapshot): string[] {
  const rows = snapshot.instances.map((instance) => [
    instance.id,
    instance.address,
    weightText(snapshot, instance),
    instance.version || '-',
    instance.locality.zone || '-',
    instance.startedAt,
  ]);
  return table([['INSTANCE', 'ADDRESS', 'WEIGHT', 'VERSION', 'ZONE', 'SINCE'], ...rows]);
}

/** The effective weight, and the instance's own weight if it differs. */
export function weightText({ registeredWeights }: Snapshot, { id, weight }: ServiceInstance) {
  const own = registeredWeights?.get(id);
  return own === undefined ? String(weight) : `${weight} (own: ${own})`;
}
