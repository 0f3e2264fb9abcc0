import { InvalidOptionError } from '@grpc-discovery/registry';
import { Registry } from 'prom-client';

/** Environment variable that names the port of metrics where no option does. */
export const METRICS_PORT_VARIABLE = 'METRICS_PORT';

/** Options of `DiscoveryMetricsModule.forRoot`. */
export interface DiscoveryMetricsOptions {
  /**
   * The registry of prom-client that the metrics join.
   * @default a new one, which is provided as `METRICS_REGISTRY`
   */
  readonly registry?: Registry;
  /**
   * Port of an HTTP server of its own that answers `GET /metrics`, for applications that serve no HTTP. 0 lets the kernel choose.
   * @default the variable METRICS_PORT, else none
   */
  readonly port?: number;
  /**
   * Interface that this server binds. Metrics name services, methods and instances: bind others only where a scraper needs it.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * How many instances of one service have series of their own at the same time; further ones share `instance_id="other"`.
   * @default 100
   */
  readonly maxInstances?: number;
  /**
   * Upper bounds of the buckets of call durations, in seconds, in growing order.
   * @default 0.001 to 10, at 1, 2.5 and 5 of each power of ten
   */
  readonly buckets?: readonly number[];
}

export interface NormalizedMetricsOptions {
  readonly registry: Registry;
  readonly port: number | undefined;
  readonly host: string;
  readonly maxInstances: number;
  readonly buckets: number[];
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A setting of the metrics that can't work. */
export class InvalidMetricsOptionError extends InvalidOptionError {
  override readonly name = 'InvalidMetricsOptionError';
}

/** @throws InvalidMetricsOptionError */
export function normalizeMetricsOptions(
  options: DiscoveryMetricsOptions,
  environment: NodeJS.ProcessEnv,
): NormalizedMetricsOptions {
  const { registry = new Registry(), host = '127.0.0.1', maxInstances = 100 } = options;
  const { buckets = BUCKETS } = options;
  assertInteger('maxInstances', maxInstances, 1, 10_000);
  const isGrowing = buckets.every((bound, i) => bound > (buckets[i - 1] ?? 0));
  if (buckets.length === 0 || !isGrowing) {
    throw new InvalidMetricsOptionError(
      'buckets',
      'seconds above 0 in growing order',
      buckets.join(', '),
      'Leave it out for the default.',
    );
  }
  return { registry, port: port(options, environment), host, maxInstances, buckets: [...buckets] };
}

function port(
  options: DiscoveryMetricsOptions,
  environment: NodeJS.ProcessEnv,
): number | undefined {
  if (options.port !== undefined) return assertInteger('port', options.port, 0, 65_535);
  const variable = environment[METRICS_PORT_VARIABLE];
  if (variable === undefined || variable === '') return undefined;
  return assertInteger(METRICS_PORT_VARIABLE, Number(variable), 0, 65_535);
}

function assertInteger(option: string, given: number, least: number, most: number): number {
  if (Number.isInteger(given) && given >= least && given <= most) return given;
  throw new InvalidMetricsOptionError(
    option,
    `an integer from ${least} to ${most}`,
    String(given),
    'Leave it out for the default.',
  );
}
