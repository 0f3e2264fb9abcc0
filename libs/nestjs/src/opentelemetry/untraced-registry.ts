import type { Registry } from '@grpc-discovery/registry';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

/**
 * A registry whose own calls, which never end or come every few seconds, make no spans. What begins in a suppressed context
 * stays in it, timers and streams included; listeners are called in the context of those who listen.
 */
export function untraced(registry: Registry): Registry {
  const { registrar, watcher, configs } = registry;
  return {
    registrar: {
      register: (instance) => quietly(() => registrar.register(instance)),
      close: () => quietly(() => registrar.close()),
    },
    watcher: {
      watch: (service, listener) => {
        const bound = context.bind(context.active(), listener);
        return quietly(() => watcher.watch(service, bound));
      },
      close: () => quietly(() => watcher.close()),
    },
    configs: {
      publish: (service, config) => quietly(() => configs.publish(service, config)),
      remove: (service) => quietly(() => configs.remove(service)),
      watch: (service, listener) => {
        const bound = context.bind(context.active(), listener);
        return quietly(() => configs.watch(service, bound));
      },
      close: () => quietly(() => configs.close()),
    },
    describe: () => registry.describe(),
    close: () => quietly(() => registry.close()),
  };
}

function quietly<T>(run: () => T): T {
  return context.with(suppressTracing(context.active()), run);
}
