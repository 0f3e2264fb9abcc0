import { parseArgs } from 'node:util';
import { etcdKinds, type EtcdFixture } from '@grpc-discovery/test-support';
import { CleanUp } from './clean-up.js';
import { NAMESPACE } from './greeters.js';
import { playScenarios } from './play-scenarios.js';
import { playRollingRestart } from './rolling-restart/play-rolling-restart.js';
import { POLICIES } from './fleet.js';

type Play = (etcd: EtcdFixture, cleanUp: CleanUp) => Promise<number>;

process.exitCode = await main();

async function main(): Promise<number> {
  const play = chosenPlay();
  if (!play) return 2;
  const [kind] = etcdKinds(`/${NAMESPACE}/`);
  const cleanUp = new CleanUp();
  try {
    const etcd = await kind.start();
    cleanUp.add(() => etcd.destroy());
    console.log(`Using ${kind.name}.`);
    return await play(etcd, cleanUp);
  } finally {
    await cleanUp.run();
  }
}

/** The scenarios, with `--policy <name>`, or `rolling-restart`; prints the choices for anything else. */
function chosenPlay(): Play | undefined {
  try {
    const options = { policy: { type: 'string', default: POLICIES[0] } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [name, ...others] = positionals;
    if (name === 'rolling-restart' && others.length === 0) return playRollingRestart;
    if (name !== undefined) throw new Error(`There is no demo "${positionals.join(' ')}".`);
    const policy = POLICIES.find((each) => each === values.policy);
    if (policy) return (etcd, cleanUp) => playScenarios(etcd, policy, cleanUp);
    throw new Error(`--policy must be one of ${POLICIES.join(', ')}, but is ${values.policy}.`);
  } catch (error) {
    const usage = 'npm run demo [-- --policy <name>], npm run demo -- rolling-restart';
    console.error(`${(error as Error).message}\nUsage: ${usage}`);
    return undefined;
  }
}
