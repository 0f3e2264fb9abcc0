import type { EtcdFixture } from '@grpc-discovery/test-support';
import type { CleanUp } from './clean-up.js';
import { Fleet } from './fleet.js';
import { Load } from './load.js';
import { scenarios } from './scenarios/all-scenarios.js';
import { GREETERS, type DemoPolicy, type Stage } from './stage.js';
import { LiveTable } from './table.js';

const OUTAGE_MS = 15_000;

/** Plays every scenario, also after one that failed; returns the exit code. */
export async function playScenarios(
  etcd: EtcdFixture,
  policy: DemoPolicy,
  cleanUp: CleanUp,
): Promise<number> {
  console.log(`Starting ${GREETERS.join(', ')} and a gateway.`);
  const fleet = await Fleet.start(etcd, GREETERS, policy);
  cleanUp.add(() => fleet.stop());
  const load = new Load(fleet.gateway);
  cleanUp.add(() => load.stop());
  return await play({ etcd, fleet, load, policy, outageMs: OUTAGE_MS });
}

async function play(stage: Stage): Promise<number> {
  const table = new LiveTable(() => stage.fleet.gateway.totals);
  let failed = 0;
  try {
    for (const scenario of scenarios) {
      const title = `${scenario.number.padEnd(2)} ${scenario.title}`;
      try {
        table.log(`ok     ${title}\n          ${await scenario.play(stage)}`);
      } catch (error) {
        failed += 1;
        table.log(`FAILED ${title}\n          ${String(error)}`);
      }
    }
  } finally {
    table.stop();
  }
  console.log(failed === 0 ? 'Every scenario holds.' : `${failed} scenarios do not hold.`);
  return failed === 0 ? 0 : 1;
}
