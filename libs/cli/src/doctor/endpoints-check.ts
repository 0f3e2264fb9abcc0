import {
  normalizeEtcdOptions,
  RegistryRefusedError,
  type EtcdRegistryOptions,
  type Registry,
} from '@grpc-discovery/registry';
import { ok, problem, type Finding } from './finding.js';

/** Checks that each endpoint of etcd answers on its own, and lets the user read the registry. */
export async function checkEndpoints(
  etcd: EtcdRegistryOptions,
  open: (options: EtcdRegistryOptions) => Registry,
): Promise<Finding[]> {
  const registries = normalizeEtcdOptions(etcd).hosts.map((hosts) => open({ ...etcd, hosts }));
  return Promise.all(registries.map((registry) => checkEndpoint(registry, etcd.auth?.username)));
}

async function checkEndpoint(registry: Registry, user: string | undefined): Promise<Finding> {
  const [endpoint = 'memory'] = registry.describe().hosts;
  const startedAt = performance.now();
  try {
    await registry.services();
    const tookMs = Math.ceil(performance.now() - startedAt);
    const as = user === undefined ? 'without a user' : `as ${user}`;
    return ok('etcd', `${endpoint} answers ${as}, in ${tookMs} ms`);
  } catch (error) {
    const refused = error instanceof RegistryRefusedError ? 'auth' : 'etcd';
    return problem(refused, (error as Error).message);
  } finally {
    await registry.close();
  }
}
