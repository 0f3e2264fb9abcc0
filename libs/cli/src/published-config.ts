import type { ConfigState, Registry } from '@grpc-discovery/registry';

/** How long the registry may take to answer. */
const ANSWER_MS = 6_000;

/**
 * What is published for a service.
 * @throws RegistryUnreachableError, RegistryRefusedError
 */
export async function publishedConfig(registry: Registry, service: string): Promise<ConfigState> {
  // A config watch would wait silently while the registry is down; this call fails.
  await registry.services();
  let timer: NodeJS.Timeout | undefined;
  let close = (): void => undefined;
  try {
    return await new Promise<ConfigState>((resolve, reject) => {
      const watch = registry.configs.watch(service, (state) => {
        if (state.kind !== 'pending') resolve(state);
      });
      close = () => watch.close();
      const late = () =>
        new Error(`The registry gave no config of ${service} within ${ANSWER_MS} ms.`);
      timer = setTimeout(() => reject(late()), ANSWER_MS);
    });
  } finally {
    clearTimeout(timer);
    close();
  }
}
