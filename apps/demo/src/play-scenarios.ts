import type { EtcdFixture } from '@grpc-discovery/test-support';
import type { CleanUp } from './clean-up.js';
import { painter } from './colours.js';
import { Fleet, type DemoPolicy } from './fleet.js';
import { Load } from './load.js';
import { Progress } from './progress.js';
import { scenarios } from './scenarios/all-scenarios.js';
import { GREETERS, type Stage } from './stage.js';
import { LiveTable } from './table.js';

const OUTAGE_MS = 15_000;

const NEXT = `  npm run demo -- rolling-restart       a rolling restart of all instances, under load
  npm run demo -- --policy random       the same scenarios with another policy
  npm create grpc-discovery shop        a workspace of your own, see docs/getting-started.md
  docs/concepts.md                      why it behaves so`;

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
  const paint = painter(process.stdout, process.env);
  const progress = new Progress(scenarios.map(({ seconds }) => seconds));
  const left = () => `${progress.secondsLeft} s left`;
  const table = new LiveTable(left, () => stage.fleet.gateway.totals);
  let failed = 0;
  try {
    for (const scenario of scenarios) {
      const title = `${scenario.number.padEnd(2)} ${scenario.title}`;
      table.log(paint('dim', `${progress.place} ${scenario.title}, about ${left()} in all`));
      try {
        const shown = await scenario.play(stage);
        table.log(`${paint('green', 'ok')}     ${title}\n          ${shown}`);
      } catch (error) {
        failed += 1;
        table.log(`${paint('red', 'FAILED')} ${title}\n          ${String(error)}`);
      }
      progress.next();
    }
  } finally {
    table.stop();
  }
  const holds = `${failed} ${failed === 1 ? 'scenario does' : 'scenarios do'} not hold.`;
  console.log(failed === 0 ? paint('green', 'Every scenario holds.') : paint('red', holds));
  console.log(`\n${paint('bold', 'What next')}\n${NEXT}`);
  return failed === 0 ? 0 : 1;
}
