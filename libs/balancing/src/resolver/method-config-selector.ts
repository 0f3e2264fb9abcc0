import type { Metadata } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type {
  CallConfig,
  ConfigSelector,
  FilterFactory,
  MethodConfig,
  ServiceConfig,
} from '../grpc/experimental.js';

/** As in grpc-js: a generic client may call any number of methods. */
const MAX_CACHED_METHODS = 100;

/**
 * Gives each call the `methodConfig` of the service config that names its method best, and our filters. It differs from
 * grpc-js's own selector in two points: `waitForReady` of the config has an effect, and a call costs no allocation.
 */
export class MethodConfigSelector implements ConfigSelector {
  private readonly byName = new Map<string, MethodConfig>();
  private readonly byPath = new Map<string, CallConfig>();

  constructor(
    { methodConfig }: Pick<ServiceConfig, 'methodConfig'>,
    private readonly filterFactories: FilterFactory[],
  ) {
    for (const config of methodConfig) {
      for (const { service = '', method = '' } of config.name) {
        const name = `${service}/${method}`;
        if (!this.byName.has(name)) this.byName.set(name, config);
      }
    }
  }

  invoke(path: string, metadata: Metadata): CallConfig {
    const callConfig = this.byPath.get(path) ?? this.configure(path);
    if (callConfig.methodConfig.waitForReady) waitUnlessTold(metadata);
    return callConfig;
  }

  /** Called at every update of the resolver, also for a selector that stays. */
  unref(): void {
    return;
  }

  private configure(path: string): CallConfig {
    const [, service = '', method = ''] = path.split('/');
    // From the most to the least specific name: a method, all of a service, all.
    const methodConfig = this.byName.get(`${service}/${method}`) ??
      this.byName.get(`${service}/`) ??
      this.byName.get('/') ?? { name: [] };
    const callConfig: CallConfig = {
      methodConfig,
      pickInformation: {},
      status: status.OK,
      dynamicFilterFactories: this.filterFactories,
    };
    if (this.byPath.size < MAX_CACHED_METHODS) this.byPath.set(path, callConfig);
    return callConfig;
  }
}

/** The metadata is the call's own copy. What the caller says of wait-for-ready stands. */
function waitUnlessTold(metadata: Metadata): void {
  const options = metadata.getOptions();
  if (options.waitForReady === undefined) {
    metadata.setOptions({ ...options, waitForReady: true });
  }
}
