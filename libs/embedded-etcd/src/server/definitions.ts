import { type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';
import { type AuthDefinition } from '../gen/etcdserverpb/Auth.js';
import { type ClusterDefinition } from '../gen/etcdserverpb/Cluster.js';
import { type KVDefinition } from '../gen/etcdserverpb/KV.js';
import { type LeaseDefinition } from '../gen/etcdserverpb/Lease.js';
import { type MaintenanceDefinition } from '../gen/etcdserverpb/Maintenance.js';
import { type WatchDefinition } from '../gen/etcdserverpb/Watch.js';

/** The services that this package answers, by their name in etcd's API. */
export const serviceNames = ['KV', 'Watch', 'Lease', 'Cluster', 'Maintenance', 'Auth'] as const;

export type ServiceName = (typeof serviceNames)[number];

type MethodOf<Definition> = keyof {
  [Method in keyof Definition as string extends Method ? never : Method]: unknown;
};

/** The methods that this package serves, by their names in etcd's API; no two services share one. */
export type EtcdMethod =
  | MethodOf<KVDefinition>
  | MethodOf<WatchDefinition>
  | MethodOf<LeaseDefinition>
  | MethodOf<ClusterDefinition>
  | MethodOf<MaintenanceDefinition>
  | MethodOf<AuthDefinition>;

/** The folder beside both `src` and `dist`. */
const protoDir = fileURLToPath(new URL('../../proto', import.meta.url));

/** Reads the definitions that are shipped with this package: etcd's names and numbers. */
export function loadDefinitions(): Record<ServiceName, ServiceDefinition> {
  const loaded = loadSync('rpc.proto', {
    includeDirs: [protoDir],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return Object.fromEntries(
    serviceNames.map((name) => [name, loaded[`etcdserverpb.${name}`] as ServiceDefinition]),
  ) as Record<ServiceName, ServiceDefinition>;
}
