import { assertServiceConfig } from '@grpc-discovery/balancing';
import type { ConfigState, InstanceOverride, Snapshot } from '@grpc-discovery/registry';
import { hint, ok, problem, type Finding } from './finding.js';

/** Clocks of machines differ by less, when they are kept. */
const CLOCK_MS = 10_000;

/** What can be said of a service from what is stored alone. */
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
  if (instances.length > 0 && instances.every(({ weight }) => weight === 0)) {
    findings.push(
      problem('weight', `all instances of ${service} have weight 0: it is as if none had`),
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
        `an instance of ${service} has started ${seconds} s from now, by its own clock`,
      ),
    );
  }
  if (config.kind === 'published')
    findings.push(checkConfig(service, JSON.stringify(config.config)));
  return findings;
}

function checkConfig(service: string, json: string): Finding {
  try {
    assertServiceConfig(json);
    return ok('config', `the published config of ${service} can be used`);
  } catch (error) {
    return problem(
      'config',
      `the published config of ${service} is not used: ${(error as Error).message}`,
    );
  }
}
