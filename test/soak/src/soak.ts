import { until } from '@grpc-discovery/test-support';
import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from './chance.js';
import { etcdFaults } from './etcd-faults.js';
import { instanceFaults } from './instance-faults.js';
import { describeFailure } from './client.js';
import type { Greeter } from './greeter.js';
import { Invariants, type Verdict } from './invariants.js';
import { Lane } from './lane.js';
import type { Result } from './report.js';
import { leaks, ResourceCount } from './resources.js';
import { World } from './world.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
}

const CLIENTS = 3;
const GREETERS = 4;
const WARM_UP_MS = 5_000;

/** Lets faults happen for a while, and checks what must hold all the same. */
export async function soak({ minutes, seed }: SoakOptions): Promise<Result> {
  const warnings: string[] = [];
  // Such as that of an emitter with too many listeners.
  const warn = ({ message }: Error) => void warnings.push(`The process warned: ${message}`);
  process.on('warning', warn);
  const count = new ResourceCount(() => world.cluster.connections);
  const world = await World.start(CLIENTS);
  try {
    staff(world);
    await untilStaffed(world);
    for (const client of world.clients) client.startCalling();
    await delay(WARM_UP_MS);
    const before = await count.least();
    const invariants = await trouble(world, minutes, seed);
    await untilStaffed(world);
    invariants.stop();
    const after = await count.settled(before);
    await stopCalling(world);
    return {
      minutes,
      seed,
      before,
      after,
      ...outcome(world, invariants, [...leaks(before, after), ...warnings]),
    };
  } finally {
    count.stop();
    process.off('warning', warn);
    await world.stop();
  }
}

/** Both lanes of faults for a time, after which all is well again. */
async function trouble(world: World, minutes: number, seed: number): Promise<Invariants> {
  const onFault = (name: string) => world.countFault(name);
  const etcd = new Lane(world, new Chance(seed), {
    faults: etcdFaults,
    mayBegin: ({ greeters }) => greeters.some(({ isLive }) => isLive),
    heal: ({ cluster }) => cluster.heal(),
    calm: [0.5, 12],
    onFault,
  });
  const instances = new Lane(world, new Chance(seed + 1), {
    faults: instanceFaults,
    // Without one of them there are still two.
    mayBegin: ({ dependable }) => dependable.length >= 3,
    heal: staff,
    calm: [0.5, 6],
    onFault,
  });
  const invariants = new Invariants(world, etcd);
  const end = AbortSignal.timeout(minutes * 60_000);
  await Promise.all([etcd.run(end), instances.run(end)]);
  return invariants;
}

/** Those that hang resume, and those that are gone are replaced. */
function staff(world: World): void {
  for (const greeter of world.greeters) greeter.resume();
  const isThere = ({ state }: Greeter) => state.kind !== 'gone';
  while (world.greeters.filter(isThere).length < GREETERS) world.startGreeter();
}

async function untilStaffed(world: World): Promise<void> {
  await until(
    `every client lists ${GREETERS} instances, and no other`,
    () =>
      world.dependable.length === GREETERS &&
      world.clients.every(({ listed }) => listed.size === GREETERS),
    { timeoutMs: 60_000 },
  );
}

async function stopCalling({ clients }: World): Promise<void> {
  for (const client of clients) client.stopCalling();
  await until('all calls have ended', () => clients.every(({ isIdle }) => isIdle));
}

function outcome(world: World, invariants: Invariants, leaked: readonly string[]) {
  const judged = world.failures.map((failure) => ({ failure, why: invariants.judge(failure) }));
  const count = (verdict: Verdict) => judged.filter(({ why }) => why === verdict).length;
  const unexcused = judged.filter(({ why }) => why === 'violation');
  return {
    faults: world.faults,
    calls: world.clients.reduce((sum, { calls }) => sum + calls, 0),
    killed: count('killed'),
    hung: count('hung'),
    checks: invariants.checks,
    violations: [
      ...invariants.violations,
      ...unexcused.map(({ failure }) => describeFailure(failure)),
      ...leaked,
    ],
  };
}
