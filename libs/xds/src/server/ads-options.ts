import { isIP } from 'node:net';
import { printable } from '../printable.js';
import type { EnvoyIngress } from '../resources/listener.js';
import type { NackState } from './stream-state.js';

export interface AdsServerOptions {
  /** Where Envoy accepts calls. @default 127.0.0.1:10000 */
  readonly ingress?: EnvoyIngress;
  /** Changes within this time reach clients together, in milliseconds; at most 60_000. @default 10 */
  readonly coalesceMs?: number;
  /** The most names that one stream may subscribe to. @default 20_000 */
  readonly maxNames?: number;
  /** How many services without a view clients can ask for; further names are answered as missing. @default 10_000 */
  readonly maxUnknownServices?: number;
  /** A client that reads nothing for this time is disconnected at the next change, in milliseconds. @default 60_000 */
  readonly maxBlockedMs?: number;
  /** Called for each response that a client refuses. The client keeps its last good resources. */
  readonly onNack?: (nack: RefusedResponse) => void;
}

/** A response that a client refused. */
export interface RefusedResponse extends NackState {
  /** Type URL. */
  readonly type: string;
  readonly nodeId: string;
  readonly userAgent: string;
}

export type CheckedAdsOptions = Required<AdsServerOptions>;

const DAY_MS = 86_400_000;

/** @throws RangeError for an unknown option or an invalid value */
export function checkedAdsOptions(options: AdsServerOptions): CheckedAdsOptions {
  const {
    ingress = { host: '127.0.0.1', port: 10_000 },
    coalesceMs = 10,
    maxNames = 20_000,
    maxUnknownServices = 10_000,
    maxBlockedMs = 60_000,
    onNack = () => undefined,
    ...unknown
  } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw invalid(printable(name), 'an option of AdsServer', 'unknown');
  assertInteger('coalesceMs', coalesceMs, 0, 60_000);
  assertInteger('maxNames', maxNames, 1, 1_000_000);
  assertInteger('maxUnknownServices', maxUnknownServices, 0, 1_000_000);
  assertInteger('maxBlockedMs', maxBlockedMs, 1, DAY_MS);
  if (isIP(ingress.host) === 0) throw invalid('ingress.host', 'an IP address', ingress.host);
  assertInteger('ingress.port', ingress.port, 0, 65_535);
  if (typeof onNack !== 'function') throw invalid('onNack', 'a function', onNack);
  return { ingress, coalesceMs, maxNames, maxUnknownServices, maxBlockedMs, onNack };
}

function assertInteger(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalid(option, `an integer from ${least} to ${most}`, value);
}

function invalid(option: string, expected: string, given: unknown): RangeError {
  const shown = printable(String(given).slice(0, 80));
  return new RangeError(`${option} must be ${expected}, but is ${shown}. Correct or remove it.`);
}
