import { printable } from './errors/text.js';
import type { Overrides } from './overrides.js';
import type { Registrar } from './registrar.js';
import type { RegistryDescription } from './registry-description.js';
import type { ServiceConfigs } from './service-configs.js';
import type { Watcher } from './watcher.js';

/** The ports of one registry. Unused ports cost nothing. */
export interface Registry {
  readonly registrar: Registrar;
  readonly watcher: Watcher;
  readonly configs: ServiceConfigs;
  readonly overrides: Overrides;
  /**
   * Names of all services that have an instance, a config or an override, in order. Bounded: gives up after 6 s.
   * @throws RegistryUnreachableError, RegistryRefusedError, RegistryClosedError; all as rejections.
   */
  services(): Promise<readonly string[]>;
  /** Describes what the registry is doing now, also after it was closed. Sends no request. */
  describe(): RegistryDescription;
  /** Closes every port and deregisters all instances. Bounded; safe to call twice. */
  close(): Promise<void>;
}

/** Receives the log messages of a registry: one per change, not one per try. */
export interface RegistryLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The default: logs nothing. */
export const silentLogger: RegistryLogger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * A logger that never throws and passes on only printable text, wherever that comes from: a fault of the application's logger must
 * not end a loop that keeps its lease alive.
 */
export function guardedLogger(logger: RegistryLogger): RegistryLogger {
  const guard = (level: keyof RegistryLogger) => (message: string) => {
    try {
      logger[level](printable(message));
    } catch {
      // There is nowhere left to report it.
    }
  };
  return { info: guard('info'), warn: guard('warn'), error: guard('error') };
}
