import type { ServiceConfigSource, ServiceConfigState } from '@grpc-discovery/balancing';
import type { ConfigState, ServiceConfigs } from '@grpc-discovery/registry';

/** What services publish in the registry, as a channel takes it. */
export function publishedConfigs(configs: ServiceConfigs): ServiceConfigSource {
  return {
    watch: (service, listener) => configs.watch(service, (state) => listener(sourceState(state))),
  };
}

function sourceState(state: ConfigState): ServiceConfigState {
  switch (state.kind) {
    case 'pending':
      return state;
    case 'none':
      return { kind: 'absent' };
    case 'published':
      return { kind: 'published', json: JSON.stringify(state.config) };
  }
}
