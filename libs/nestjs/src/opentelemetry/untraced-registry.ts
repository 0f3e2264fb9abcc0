import type { Registry } from '@grpc-discovery/registry';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

type QuietPorts = Pick<Registry, 'registrar' | 'watcher' | 'configs' | 'close'>;

/**
 * Wraps a registry so that its background calls, which never end or repeat every few seconds, create no spans. Timers and
 * streams that start in a suppressed context stay in it. Single calls by the application are still traced.
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

/** Each listener runs in the context in which it was added. */
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
