import { assertServiceConfig } from '@grpc-discovery/balancing';
import {
  wantedId,
  type ConfigState,
  type InstanceOverride,
  type ServiceInstance,
  type Snapshot,
} from '@grpc-discovery/registry';
import { hint, ok, problem, type Finding } from './finding.js';

/** Synchronised clocks differ by less. */
const CLOCK_MS = 10_000;

/** With a usual lease, the entry of a dead process is gone before. */
const LEASE_MS = 60_000;

/** Checks a service from its stored entries only. */
export function checkService(
  { service, instances }: Snapshot,
  overrides: readonly InstanceOverride[],
  config: ConfigState,
  now: Date,
): Finding[] {
  const findings: Finding[] = [];
  const ids = new Set(instances.map(({ id }) => id));
  for (const { id, weight } of overrides) {
    if (ids.has(id)) continue;
    findings.push(
      hint(
        'override',
        `weight ${weight} is set for ${service}/${id}, which is not registered: undrain it to tidy up`,
      ),
    );
  }
  findings.push(...checkIds(instances), ...checkAddresses(instances, now));
  if (instances.length > 0 && instances.every(({ weight }) => weight === 0)) {
    findings.push(
      problem(
        'weight',
        `all instances of ${service} have weight 0: clients treat them as if none had`,
      ),
    );
  }
  const aheadMs = Math.max(
    0,
    ...instances.map(({ startedAt }) => Date.parse(startedAt) - now.getTime()),
  );
  if (aheadMs > CLOCK_MS) {
    const seconds = Math.round(aheadMs / 1_000);
    findings.push(
      hint(
        'clock',
        `an instance of ${service} started ${seconds} s in the future by its own clock`,
      ),
    );
  }
  if (config.kind === 'published')
    findings.push(checkConfig(service, JSON.stringify(config.config)));
  return findings;
}

function checkIds(instances: readonly ServiceInstance[]): Finding[] {
  return instances.flatMap(({ service, id, address }) => {
    const wanted = wantedId(id);
    if (wanted === undefined) return [];
    const other = instances.find((each) => each.id === wanted);
    const where = other ? `the process at ${other.address}` : 'another process';
    return problem(
      'id',
      `${service}/${id} at ${address} wanted the id ${wanted}, which ${where} uses, too: give each process an id of its own, ` +
        'or leave service.id out',
    );
  });
}

function checkAddresses(instances: readonly ServiceInstance[], now: Date): Finding[] {
  const byAddress = new Map<string, ServiceInstance[]>();
  for (const instance of instances) {
    const others = byAddress.get(instance.address);
    if (others) others.push(instance);
    else byAddress.set(instance.address, [instance]);
  }
  return [...byAddress].flatMap(([address, those]) => {
    if (those.length === 1) return [];
    const [first, second] = those.map(({ service, id }) => `${service}/${id}`);
    const more = those.length > 2 ? ` and ${those.length - 2} more` : '';
    // The last of them to start may have replaced one that died.
    const newest = Math.max(...those.map(({ startedAt }) => Date.parse(startedAt)));
    const level = now.getTime() - newest < LEASE_MS ? hint : problem;
    return level(
      'address',
      `${first}, ${second}${more} have the address ${address}: clients call them as one; give each process a port of its own`,
    );
  });
}

function checkConfig(service: string, json: string): Finding {
  try {
    assertServiceConfig(json);
    return ok('config', `the published config of ${service} is valid`);
  } catch (error) {
    return problem(
      'config',
      `the published config of ${service} is not used: ${(error as Error).message}`,
    );
  }
}
