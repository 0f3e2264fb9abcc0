import type { Chance } from './chance.js';
import type { Fault } from './etcd-faults.js';
import type { World } from './world.js';

const one = (world: World, chance: Chance) => chance.oneOf(world.dependable);

/** At most one at a time, and only while others can answer. Afterwards those that hang resume, and those gone are replaced. */
export const instanceFaults: readonly Fault[] = [
  { name: 'instance killed', lasts: [0, 6], begin: (world, chance) => one(world, chance).crash() },
  { name: 'instance stopped', lasts: [0, 6], begin: (world, chance) => one(world, chance).stop() },
  { name: 'instance restarted', begin: (world, chance) => one(world, chance).stop() },
  {
    name: 'instance hung',
    lasts: [1, 25],
    begin: (world, chance) => one(world, chance).hang(),
  },
];
