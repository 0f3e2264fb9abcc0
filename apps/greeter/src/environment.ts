import { z } from 'zod';

/** What the greeter reads from its environment. The README lists the same names. */
export const greeterEnvironment = z.object({
  /** Urls of etcd, separated by commas. */
  ETCD_HOSTS: z.string().min(1).default('http://127.0.0.1:2379'),
  DISCOVERY_NAMESPACE: z.string().min(1).default('discovery'),
  DISCOVERY_LEASE_TTL_SECONDS: z.coerce.number().int().min(5).default(10),
  /** What the server binds; port 0 lets the kernel choose. */
  GRPC_URL: z.string().min(1).default('0.0.0.0:0'),
  SERVICE_NAME: z.string().min(1).default('greeter'),
  /** Port of `GET /metrics`, on loopback; none where it is not set. */
  METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Generated where it is not set. */
  INSTANCE_ID: z.string().min(1).optional(),
  INSTANCE_WEIGHT: z.coerce.number().int().min(0).max(65_535).default(100),
  SERVICE_VERSION: z.string().default(''),
  /** Policy to publish to clients, such as least_request; without it, clients choose. */
  SERVICE_POLICY: z.string().min(1).optional(),
  /** Time for open streams to end while the server drains, in milliseconds. */
  DRAIN_STREAM_GRACE_MS: z.coerce.number().min(0).max(10_000).default(5_000),
});

export type GreeterEnvironment = z.infer<typeof greeterEnvironment>;
