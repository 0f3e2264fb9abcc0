import type { Chance } from './chance.js';
import type { World } from './world.js';

/** Something that goes wrong, and for how long at most. What it left behind is healed by its lane. */
export interface Fault {
  readonly name: string;
  /** Seconds, least and most; none for what is over at once. */
  readonly lasts?: readonly [number, number];
  begin(world: World, chance: Chance): Promise<void> | void;
}

const aMember = ({ cluster }: World, chance: Chance) => chance.oneOf(cluster.members);
const each = (world: World, act: (member: World['cluster']['members'][number]) => unknown) =>
  Promise.all(world.cluster.members.map(act)).then(() => undefined);

/** At most one at a time. Afterwards the cluster is healed. */
export const etcdFaults: readonly Fault[] = [
  {
    name: 'etcd member killed',
    lasts: [2, 8],
    begin: (world, chance) => aMember(world, chance).kill(),
  },
  {
    name: 'etcd member hung',
    lasts: [2, 8],
    begin: (world, chance) => aMember(world, chance).freeze(),
  },
  {
    name: 'etcd member blackholed',
    lasts: [2, 8],
    begin: (world, chance) => aMember(world, chance).proxy.stall(),
  },
  {
    name: 'etcd member cut off from its peers',
    lasts: [2, 8],
    begin: (world, chance) => world.cluster.cutOffFromPeers(aMember(world, chance)),
  },
  {
    name: 'all of etcd killed',
    lasts: [2, 12],
    begin: (world) => each(world, (member) => member.kill()),
  },
  {
    name: 'all of etcd blackholed',
    lasts: [2, 12],
    begin: (world) => each(world, ({ proxy }) => proxy.stall()),
  },
  {
    name: 'all connections to etcd cut, again and again',
    lasts: [2, 8],
    begin: (world) => each(world, ({ proxy }) => proxy.cut()),
  },
  {
    name: 'connections to etcd cut once',
    begin: (world) =>
      each(world, ({ proxy }) => {
        proxy.cut();
        proxy.heal();
      }),
  },
  { name: 'etcd compacted', begin: ({ admin }) => admin.compact() },
  { name: 'all keys deleted', begin: ({ admin }) => admin.deleteAll() },
  {
    name: 'lease revoked',
    begin: async (world, chance) => {
      const { id } = chance.oneOf(world.greeters.filter(({ isLive }) => isLive));
      await world.admin.revokeLeaseOf(id);
    },
  },
];
