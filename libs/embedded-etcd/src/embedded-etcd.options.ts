import { type Clock, systemClock } from './clock.js';
import { InvalidSettingError, UnknownVersionError } from './embedded-etcd.errors.js';
import { isEtcdVersion, type EtcdVersion } from './version-rules.js';

/** How an embedded etcd is started. */
export interface EmbeddedEtcdOptions {
  /**
   * The port of 127.0.0.1 that clients reach it by; it stays the same over restarts. 0: any free one.
   * @default 0
   */
  readonly port?: number;
  /**
   * The line of etcd to behave like; `Status` reports its newest release.
   * @default '3.6'
   */
  readonly version?: EtcdVersion;
  /**
   * A file that keeps the data over the end of the process. It is read at start, written about 100 ms after a change and
   * at `stop`, always as a whole. One process at a time may use it.
   * @default none: the data lives as long as the object, and survives `restart`
   */
  readonly dataFile?: string;
  /**
   * How long a watch with `progress_notify` stays silent before it gets the revision, in milliseconds.
   * @default 600_000, etcd's own
   */
  readonly watchProgressNotifyMs?: number;
  /**
   * The time that leases, tokens and progress reports go by; a spec may pass its own and let a lease expire at will.
   * @default the process's monotonic clock
   */
  readonly clock?: Clock;
  /**
   * Told when the data file could not be written; the next change tries again.
   * @default a process warning
   */
  readonly onSaveError?: (error: unknown) => void;
}

/** The options with every default in its place. */
export type EmbeddedEtcdSettings = Required<Omit<EmbeddedEtcdOptions, 'dataFile'>> &
  Pick<EmbeddedEtcdOptions, 'dataFile'>;

const KNOWN: Readonly<Record<keyof EmbeddedEtcdOptions, true>> = {
  port: true,
  version: true,
  dataFile: true,
  watchProgressNotifyMs: true,
  clock: true,
  onSaveError: true,
};
/** No timer of Node runs longer: a longer one would fire at once. */
const MAX_DURATION_MS = 2_147_483_647;

/** @throws UnknownVersionError, InvalidSettingError */
export function settingsOf(options: EmbeddedEtcdOptions): EmbeddedEtcdSettings {
  assertKnown(options);
  assertNumber('port', options.port, 0, 65_535);
  assertNumber('watchProgressNotifyMs', options.watchProgressNotifyMs, 1, MAX_DURATION_MS);
  const { dataFile } = options;
  if (dataFile !== undefined && (typeof dataFile !== 'string' || dataFile === '')) {
    throw new InvalidSettingError('dataFile', 'the path of a file', dataFile);
  }
  const version = options.version ?? '3.6';
  if (!isEtcdVersion(version)) throw new UnknownVersionError(version);
  return {
    port: options.port ?? 0,
    version,
    dataFile: options.dataFile,
    watchProgressNotifyMs: options.watchProgressNotifyMs ?? 600_000,
    clock: options.clock ?? systemClock(),
    onSaveError:
      options.onSaveError ??
      ((error) => process.emitWarning(`embedded etcd could not write its data: ${String(error)}`)),
  };
}

function assertKnown(options: EmbeddedEtcdOptions): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(KNOWN, name));
  if (unknown === undefined) return;
  throw new InvalidSettingError(unknown, `one of ${Object.keys(KNOWN).join(', ')}`, 'unknown');
}

function assertNumber(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  throw new InvalidSettingError(name, `an integer from ${least} to ${most}`, value);
}
