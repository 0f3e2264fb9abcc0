import { type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

/** The services that this package answers, by their name in etcd's API. */
export const serviceNames = ['KV', 'Watch', 'Lease', 'Cluster', 'Maintenance', 'Auth'] as const;

export type ServiceName = (typeof serviceNames)[number];

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
