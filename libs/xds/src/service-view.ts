/** A service as clients should see it: the input of the control plane. */
export interface ServiceView {
  /** Name that clients dial, `xds:///<name>`: letters, digits, `.`, `_` and `-`, at most 253 characters. */
  readonly name: string;
  readonly endpoints: readonly ViewEndpoint[];
  /** How clients spread calls. @default round_robin */
  readonly policy?: ViewPolicy;
  /** Removes failing endpoints for a while. @default none for gRPC clients; Envoy always has one */
  readonly outlierDetection?: ViewOutlierDetection;
  /** Settings of calls by rpc; the most specific one applies. @default none */
  readonly methods?: readonly ViewMethod[];
  /** Full names of gRPC services, such as `helloworld.Greeter`, whose calls Envoy routes here without an authority. */
  readonly grpcServices?: readonly string[];
}

/** One instance of a service. */
export interface ViewEndpoint {
  /** An IP address. xDS clients resolve no names: an endpoint with a host name is left out. */
  readonly host: string;
  readonly port: number;
  /** Share of the calls, 0 to 65535. Weight 0 gets no calls unless all endpoints have it. */
  readonly weight: number;
  readonly region?: string;
  readonly zone?: string;
  readonly subZone?: string;
  /** 0 is tried first. Gaps are closed. @default 0 */
  readonly priority?: number;
  /** Gets no new calls. @default false */
  readonly draining?: boolean;
}

/** Settings of the calls of one rpc, of one gRPC service, or of all. */
export interface ViewMethod {
  /** Full name of a gRPC service, such as `helloworld.Greeter`. @default all */
  readonly grpcService?: string;
  /** Name of an rpc of that service. @default all of the service */
  readonly method?: string;
  /** The longest time of a call, in milliseconds. @default the deadline of the call */
  readonly timeoutMs?: number;
  /** @default none for gRPC clients; Envoy retries calls that could not be sent or were answered UNAVAILABLE, twice at most */
  readonly retry?: ViewRetry;
}

export interface ViewRetry {
  /** All attempts, the first one included: 2 to 5. */
  readonly attempts: number;
  /** Statuses to retry. xDS clients know these only. */
  readonly codes: readonly RetryCode[];
  /** Mean pause before the first retry, in milliseconds. @default 25 */
  readonly initialBackoffMs?: number;
  /** The longest pause, in milliseconds. @default ten times the first */
  readonly maxBackoffMs?: number;
}

export const RETRY_CODES = [
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
] as const;

export type RetryCode = (typeof RETRY_CODES)[number];

export type ViewPolicy =
  | { readonly kind: 'round_robin' }
  /** gRPC clients without it fall back to round_robin. */
  | { readonly kind: 'least_request'; readonly choiceCount?: number }
  /** By the value of a request header. Clients that crash on it get round_robin. */
  | { readonly kind: 'ring_hash'; readonly header: string };

export interface ViewOutlierDetection {
  /** Time between two checks, in milliseconds. */
  readonly intervalMs: number;
  /** How long an endpoint is ejected the first time, in milliseconds. */
  readonly baseEjectionTimeMs: number;
  /** The share of endpoints that can be ejected at once, 0 to 100. */
  readonly maxEjectionPercent: number;
  /** Ejects endpoints whose share of failed calls reaches this, 0 to 100. */
  readonly failurePercentage: number;
  /** With fewer endpoints that have enough calls, none is ejected. @default 5 */
  readonly minimumHosts?: number;
  /** Calls of an endpoint between two checks that are enough. @default 50 */
  readonly requestVolume?: number;
}

/** An endpoint that clients would reject, and why. */
export interface LeftOutEndpoint {
  readonly endpoint: ViewEndpoint;
  readonly reason: 'not an IP address' | 'invalid port' | 'invalid weight' | 'duplicate address';
}

const SERVICE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** Whether a name can be dialled as `xds:///<name>` and used as the name of resources. */
export function isServiceName(name: string): boolean {
  return SERVICE_NAME.test(name);
}
