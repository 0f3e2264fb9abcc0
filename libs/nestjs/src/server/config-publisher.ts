import {
  RegistryRefusedError,
  RegistryUnreachableError,
  type ServiceConfigs,
} from '@grpc-discovery/registry';
import { setTimeout as delay } from 'node:timers/promises';

/** A gRPC service config in its JSON form, with the policies of this package. */
export type PublishedServiceConfig = Readonly<Record<string, unknown>>;

const LONGEST_PAUSE_MS = 30_000;

export interface ConfigPublisherOptions {
  readonly configs: ServiceConfigs;
  readonly service: string;
  readonly config: PublishedServiceConfig;
  readonly warn: (message: string) => void;
  /** Mean wait before the second try, in milliseconds; each further one is twice as long. @default 1_000 */
  readonly firstPauseMs?: number;
}

/** Publishes a service's config, and retries while the registry is down or refuses. */
export class ConfigPublisher {
  private running = new AbortController();

  constructor(private readonly options: ConfigPublisherOptions) {}

  /** Starts or restarts publishing: a registry that lost its data has lost the config, too. */
  publish(): void {
    this.stop();
    this.running = new AbortController();
    // It logs failures itself; only a throwing logger gets here.
    this.run(this.running.signal).catch(() => undefined);
  }

  stop(): void {
    this.running.abort();
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { configs, service, config, warn, firstPauseMs = 1_000 } = this.options;
    let warnedOf: string | undefined;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs *= 2) {
      try {
        return await configs.publish(service, config);
      } catch (error) {
        if (signal.aborted) return;
        const { name, message } = error as Error;
        if (name !== warnedOf)
          warn(`The config of service "${service}" is not published: ${message}`);
        warnedOf = name;
        if (!isPassing(error)) return;
      }
      const jitter = 0.5 + Math.random();
      await delay(Math.min(pauseMs, LONGEST_PAUSE_MS) * jitter, undefined, {
        signal,
        ref: false,
      }).catch(() => undefined);
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof RegistryUnreachableError || error instanceof RegistryRefusedError;
}
