import { status, type Metadata } from '@grpc/grpc-js';
import { callValuesOf } from '../grpc/call-values.js';
import type {
  CallConfig,
  ConfigSelector,
  Filter,
  FilterFactory,
  MethodConfig,
  ServiceConfig,
} from '../grpc/experimental.js';
import { METHOD_PICK_INFORMATION, POLICY_PICK_INFORMATION, policyKey } from './channel-policy.js';
import { methodOptions, withOptions, withoutTimeout } from './method-config.js';
import { compressionOf, type MethodOptionsByPath } from './method-options.js';

/** A generic client can call any number of methods. */
const MAX_CACHED_METHODS = 1_000;

interface MethodCallConfig {
  readonly inTime: CallConfig;
  /** For calls whose caller has chosen the deadline. */
  readonly untimed: CallConfig;
}

/**
 * Returns the config of each call: the most specific `methodConfig` of the service config, overridden by the channel's options
 * for the method, with the method's policy and our filters. Unlike grpc-js's own selector it applies `waitForReady`, and it
 * allocates nothing per call.
 */
export class MethodConfigSelector implements ConfigSelector {
  private readonly byName = new Map<string, MethodConfig>();
  private readonly compression: 'identity' | undefined;
  private readonly byPath = new Map<string, MethodCallConfig>();

  constructor(
    { methodConfig }: Pick<ServiceConfig, 'methodConfig'>,
    private readonly filterFactories: FilterFactory[],
    private readonly methods: MethodOptionsByPath = {},
  ) {
    // If any method compresses, the channel does.
    this.compression = compressionOf(methods) && 'identity';
    for (const config of methodConfig) {
      for (const { service = '', method = '' } of config.name) {
        const name = `${service}/${method}`;
        if (!this.byName.has(name)) this.byName.set(name, config);
      }
    }
  }

  invoke(path: string, metadata: Metadata): CallConfig {
    const { inTime, untimed } = this.byPath.get(path) ?? this.configure(path);
    if (inTime.methodConfig.waitForReady) waitByDefault(metadata);
    return callValuesOf(metadata).ownDeadline ? untimed : inTime;
  }

  /** grpc-js calls it at every update of the resolver, even if the selector stays. */
  unref(): void {
    return;
  }

  private oldest(): string {
    const [path = ''] = this.byPath.keys();
    return path;
  }

  private configure(path: string): MethodCallConfig {
    const [, service = '', method = ''] = path.split('/');
    // From the most to the least specific name: a method, a service, all services.
    const published = this.byName.get(`${service}/${method}`) ??
      this.byName.get(`${service}/`) ??
      this.byName.get('/') ?? { name: [] };
    const options = methodOptions(this.methods, path);
    const { policy, compression = this.compression } = options;
    const isPlain = compression === 'identity';
    const inTime: CallConfig = {
      methodConfig: withOptions(published, options),
      pickInformation: {
        [METHOD_PICK_INFORMATION]: path,
        ...(policy && { [POLICY_PICK_INFORMATION]: policyKey(policy) }),
      },
      status: status.OK,
      dynamicFilterFactories: isPlain
        ? [...this.filterFactories, new PlainMessagesFilter()]
        : this.filterFactories,
    };
    const untimed = { ...inTime, methodConfig: withoutTimeout(inTime.methodConfig) };
    const callConfig = { inTime, untimed };
    // A method in use returns to the cache. Only clients that call ever more methods pay for it.
    if (this.byPath.size >= MAX_CACHED_METHODS) this.byPath.delete(this.oldest());
    this.byPath.set(path, callConfig);
    return callConfig;
  }
}

/** Modifies the call's own copy of the metadata, unless the caller has set `waitForReady`. */
function waitByDefault(metadata: Metadata): void {
  const options = metadata.getOptions();
  if (options.waitForReady === undefined) {
    metadata.setOptions({ ...options, waitForReady: true });
  }
}

/** grpc-js's `WriteFlags.NoCompress`. */
const NO_COMPRESS = 2;

/** Leaves the requests of a method uncompressed in a channel that compresses those of others. One filter serves all calls. */
class PlainMessagesFilter implements Filter, FilterFactory {
  createFilter(): Filter {
    return this;
  }

  sendMessage: Filter['sendMessage'] = async (pending) => {
    const write = await pending;
    return { ...write, flags: (write.flags ?? 0) | NO_COMPRESS };
  };

  sendMetadata: Filter['sendMetadata'] = (metadata) => metadata;
  receiveMetadata: Filter['receiveMetadata'] = (metadata) => metadata;
  receiveMessage: Filter['receiveMessage'] = (message) => message;
  receiveTrailers: Filter['receiveTrailers'] = (trailers) => trailers;
}
