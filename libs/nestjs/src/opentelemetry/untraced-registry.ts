import type { Registry } from '@grpc-discovery/registry';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

type QuietPorts = Pick<Registry, 'registrar' | 'watcher' | 'configs' | 'close'>;

/**
 * A registry whose own calls, which never end or come every few seconds, make no spans. What begins in a suppressed context
 * stays in it, timers and streams included. What the application asks for by single calls is as it was.
 */
export function untraced(registry: Registry): Registry {
  const quiet = quietPorts(registry);
  return new Proxy(registry, {
    get: (target, key) => {
      if (key in quiet) return quiet[key as keyof QuietPorts];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Listeners are called in the context of those who listen. */
function quietPorts(registry: Registry): QuietPorts {
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
      watchServices: (listener) => {
        const bound = context.bind(context.active(), listener);
        return quietly(() => watcher.watchServices(bound));
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
    close: () => quietly(() => registry.close()),
  };
}

function quietly<T>(run: () => T): T {
  return context.with(suppressTracing(context.active()), run);
}
