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

/** A generic client may call any number of methods. */
const MAX_CACHED_METHODS = 1_000;

interface MethodCallConfig {
  readonly inTime: CallConfig;
  /** For calls with a deadline of their own. */
  readonly untimed: CallConfig;
}

/**
 * Gives each call the `methodConfig` of the service config that names its method best, under what the channel's options
 * say of the method, with the method's policy and our filters. It differs from grpc-js's own selector in two more points:
 * `waitForReady` of the config has an effect, and a call costs no allocation.
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
    // Where any method compresses, the channel does.
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
    if (inTime.methodConfig.waitForReady) waitUnlessTold(metadata);
    return callValuesOf(metadata).ownDeadline ? untimed : inTime;
  }

  /** Called at every update of the resolver, also for a selector that stays. */
  unref(): void {
    return;
  }

  private oldest(): string {
    const [path = ''] = this.byPath.keys();
    return path;
  }

  private configure(path: string): MethodCallConfig {
    const [, service = '', method = ''] = path.split('/');
    // From the most to the least specific name: a method, all of a service, all.
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
    // Those that are called come back; whoever calls ever more methods pays for each, and nobody else does.
    if (this.byPath.size >= MAX_CACHED_METHODS) this.byPath.delete(this.oldest());
    this.byPath.set(path, callConfig);
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

/** grpc-js's `WriteFlags.NoCompress`. */
const NO_COMPRESS = 2;

/** Lets the requests of a method go as they are on a channel that compresses those of others. One serves all calls. */
export class PlainMessagesFilter implements Filter, FilterFactory {
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
