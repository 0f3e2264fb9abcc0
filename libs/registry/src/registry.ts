import { printable } from './errors/text.js';
import type { Overrides } from './overrides.js';
import type { Registrar } from './registrar.js';
import type { RegistryDescription } from './registry-description.js';
import type { ServiceConfigs } from './service-configs.js';
import type { Watcher } from './watcher.js';

/** The ports over one store. What is not used costs nothing. */
export interface Registry {
  readonly registrar: Registrar;
  readonly watcher: Watcher;
  readonly configs: ServiceConfigs;
  readonly overrides: Overrides;
  /**
   * Names of all services that an instance, a config or a weight is stored of, in order. Bounded: it is tried for at most 6 s.
   * @throws RegistryUnreachableError, RegistryRefusedError, RegistryClosedError; all as rejections.
   */
  services(): Promise<readonly string[]>;
  /** What the registry is doing now, also once it is closed. Reads what is there: nothing is asked of the store. */
  describe(): RegistryDescription;
  /** Closes every port: what is still registered is deregistered. Bounded; safe to call twice. */
  close(): Promise<void>;
}

/** Where a registry tells of trouble: once when something changes, not for each try. */
export interface RegistryLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The default: says nothing. */
export const silentLogger: RegistryLogger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * A logger that never throws, as a fault of the application's logger must not end a loop that keeps its lease alive, and that is
 * given nothing but printable text, wherever that comes from.
 */
export function guardedLogger(logger: RegistryLogger): RegistryLogger {
  const guard = (level: keyof RegistryLogger) => (message: string) => {
    try {
      logger[level](printable(message));
    } catch {
      // There is nobody left to tell.
    }
  };
  return { info: guard('info'), warn: guard('warn'), error: guard('error') };
}
