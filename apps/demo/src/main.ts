import { parseArgs } from 'node:util';
import { etcdKinds } from '@grpc-discovery/test-support';
import { Fleet, NAMESPACE } from './fleet.js';
import { Load } from './load.js';
import { scenarios } from './scenarios/all-scenarios.js';
import { GREETERS, POLICIES, type DemoPolicy, type Stage } from './stage.js';
import { LiveTable } from './table.js';

const OUTAGE_MS = 15_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const policy = chosenPolicy();
  if (!policy) return 2;
  const [kind] = etcdKinds(`/${NAMESPACE}/`);
  const etcd = await kind.start();
  const owned: (() => Promise<void>)[] = [() => etcd.destroy()];
  let cleaning: Promise<void> | undefined;
  const cleanUp = () => (cleaning ??= inReverse(owned));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void cleanUp().finally(() => process.exit(130)));
  }
  // A terminal that was closed takes no more output; what was started is to be ended all the same.
  process.stdout.on('error', () => undefined);
  try {
    console.log(`Using ${kind.name}.\nStarting ${GREETERS.join(', ')} and a gateway.`);
    const fleet = await Fleet.start(etcd, GREETERS, policy);
    owned.push(() => fleet.stop());
    const load = new Load(fleet.gateway);
    owned.push(() => load.stop());
    return await play({ etcd, fleet, load, policy, outageMs: OUTAGE_MS });
  } finally {
    await cleanUp();
  }
}

/** `--policy <name>`; says what may be chosen where it may not. */
function chosenPolicy(): DemoPolicy | undefined {
  try {
    const options = { policy: { type: 'string', default: POLICIES[0] } } as const;
    const { policy } = parseArgs({ options }).values;
    const chosen = POLICIES.find((name) => name === policy);
    if (chosen) return chosen;
    console.error(`--policy must be one of ${POLICIES.join(', ')}, but is ${policy}.`);
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm run demo [-- --policy <name>]`);
  }
  return undefined;
}

/** Plays every scenario, also after one that failed; returns the exit code. */
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

async function inReverse(steps: (() => Promise<void>)[]): Promise<void> {
  for (const step of steps.reverse()) await step();
}
