import {
  anObject,
  durationMs,
  filledText,
  flag,
  integer,
  optional,
  type OptionTable,
  readOptions,
  refuse,
  withDefault,
} from '@grpc-discovery/registry/options';
import { Registry } from 'prom-client';

/** Environment variable with the port of the metrics; the option overrides it. */
const METRICS_PORT_VARIABLE = 'METRICS_PORT';

/** The route of the metrics, which is fixed before the application is created. */
export interface DiscoveryMetricsRoute {
  /**
   * Whether the application's own HTTP server answers them, where it has one. They are as public as the application: set
   * `false` if scrapers use `port`.
   * @default true
   */
  readonly controller?: boolean;
  /**
   * The path of the metrics, on the application's HTTP server and on `port`.
   * @default '/metrics'
   */
  readonly path?: string;
}

/** Options of `DiscoveryMetricsModule.forRoot` except the route. */
export interface DiscoveryMetricsSettings {
  /**
   * The registry of prom-client to add the metrics to; they are removed at shutdown. One application at a time can use it: the
   * metric names would collide.
   * @default a new one, which is provided as `METRICS_REGISTRY`
   */
  readonly registry?: Registry;
  /**
   * Port of a separate HTTP server for the metrics, for applications that serve no HTTP. With 0 the kernel chooses.
   * @default the variable METRICS_PORT, else none
   */
  readonly port?: number;
  /**
   * Interface that this server binds. Metrics name services, methods and instances: bind others only where a scraper needs it.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * How many instances of one service have their own series at the same time; further ones share `instance_id="other"`.
   * @default 100
   */
  readonly maxInstances?: number;
  /**
   * How long the series of an instance stay after a scrape has found it removed, in milliseconds. Set it longer than the
   * interval of every scraper, so that each sees the instance's last calls.
   * @default 300_000
   */
  readonly retireAfterMs?: number;
  /**
   * Upper bounds of the buckets of call durations, in seconds, in growing order.
   * @default 0.001 to 10, at 1, 2.5 and 5 of each power of ten
   */
  readonly buckets?: readonly number[];
}

/** Options of `DiscoveryMetricsModule.forRoot`. */
export interface DiscoveryMetricsOptions extends DiscoveryMetricsSettings, DiscoveryMetricsRoute {}

export interface NormalizedMetricsOptions {
  readonly registry: Registry;
  readonly port: number | undefined;
  readonly host: string;
  readonly path: string;
  readonly maxInstances: number;
  readonly retireAfterMs: number;
  readonly buckets: number[];
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const portRule = integer(0, 65_535);

export const metricsRouteTable = {
  controller: withDefault(flag(), true, 'whether the HTTP server of the application answers'),
  path: withDefault(pathOfUrl, '/metrics', 'where they are answered'),
} satisfies OptionTable<DiscoveryMetricsRoute>;

export const settingsTable = {
  registry: optional(
    anObject<Registry>('a Registry of prom-client', ['registerMetric', 'removeSingleMetric']),
    'what the metrics join',
  ),
  port: optional(portRule, 'port of a server of their own'),
  host: withDefault(filledText(), '127.0.0.1', 'what that server binds'),
  maxInstances: withDefault(integer(1, 10_000), 100, 'instances with series of their own'),
  retireAfterMs: withDefault(durationMs(), 300_000, 'how long series outlive their instance'),
  buckets: withDefault(growing, BUCKETS, 'bounds of call durations'),
} satisfies OptionTable<DiscoveryMetricsSettings>;

/** @throws InvalidOptionError */
export function normalizeMetricsOptions(
  options: DiscoveryMetricsSettings,
  { path }: { readonly path: string },
  environment: NodeJS.ProcessEnv,
): NormalizedMetricsOptions {
  const read = readOptions(settingsTable, options, '');
  const { registry = new Registry(), port = portOf(environment), buckets, ...rest } = read;
  return { ...rest, registry, port, path, buckets: [...buckets] };
}

function portOf(environment: NodeJS.ProcessEnv): number | undefined {
  const variable = environment[METRICS_PORT_VARIABLE];
  if (variable === undefined || variable === '') return undefined;
  return portRule(/^\d+$/.test(variable) ? Number(variable) : variable, METRICS_PORT_VARIABLE);
}

function pathOfUrl(value: unknown, path: string): string {
  if (typeof value === 'string' && /^(\/[\w.~-]+)+$/.test(value)) return value;
  throw refuse(path, 'a path like "/internal/metrics"', value);
}

function growing(value: unknown, path: string): readonly number[] {
  const bounds: unknown[] = Array.isArray(value) ? value : [];
  const isGrowing = bounds.every((bound, i) => Number(bound) > Number(bounds[i - 1] ?? 0));
  const isFinite = bounds.every((bound) => typeof bound === 'number' && bound < Infinity);
  if (bounds.length > 0 && isFinite && isGrowing) return bounds as number[];
  throw refuse(path, 'an array of seconds above 0 in growing order', value);
}

/** The registry of prom-client that holds the metrics: an application adds its own to it. */
export const METRICS_REGISTRY = Symbol('discovery:metrics-registry');

/** The path that answers. */
export const METRICS_PATH = Symbol('discovery:metrics-path');

/** The settings, checked and with their defaults. */
export const METRICS_OPTIONS = Symbol('discovery:metrics-options');
