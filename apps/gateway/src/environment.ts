import { z } from 'zod';

/** What the gateway reads from its environment. The README lists the same names. */
export const gatewayEnvironment = z.object({
  /** Urls of etcd, separated by commas. */
  ETCD_HOSTS: z.string().min(1).default('http://127.0.0.1:2379'),
  DISCOVERY_NAMESPACE: z.string().min(1).default('discovery'),
  /** Interface that serves HTTP. */
  HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
});

export type GatewayEnvironment = z.infer<typeof gatewayEnvironment>;
