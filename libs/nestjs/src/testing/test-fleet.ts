import { setTimeout as delay } from 'node:timers/promises';
import {
  createEtcdRegistry,
  createMemoryRegistry,
  MemoryStore,
  type EtcdRegistryOptions,
  type Registry,
  type ServiceInstance,
} from '@grpc-discovery/registry';
import {
  aFunction,
  anObject,
  integer,
  optional,
  readOptions,
  type OptionTable,
} from '@grpc-discovery/registry/options';
import { TestInstance } from './test-instance.js';
import { TestReplies, type TestServiceOptions } from './test-replies.js';

export interface TestFleetOptions<Service extends string> {
  /** What the instances answer, by service. @default replies whose fields all have their defaults */
  readonly services?: Readonly<Partial<Record<Service, TestServiceOptions>>>;
  /** Fields of each instance, such as weight and zone. `index` starts at 1. @default weight 100 only */
  readonly describe?: (
    service: Service,
    index: number,
  ) => Partial<Omit<ServiceInstance, 'id' | 'service' | 'address' | 'startedAt'>>;
  /** The etcd to register in, for specs of what etcd does. @default memory */
  readonly etcd?: EtcdRegistryOptions;
}

const fleetTable = {
  services: optional(anObject<object>('an object', []), 'what the instances answer'),
  describe: optional(aFunction(), 'fields of each instance'),
  etcd: optional((it) => it, 'the etcd to register in'),
} satisfies OptionTable<TestFleetOptions<string>>;

const countRule = integer(0, 1_000, 'Say how many instances to start.');

/** Real gRPC instances on loopback, in a registry. Ids are `<service>-<number>`, from 1. */
export class TestFleet<Service extends string = string> {
  private readonly opened: Registry[] = [];

  private constructor(
    private readonly openRegistry: () => Registry,
    private readonly byService: ReadonlyMap<string, readonly TestInstance[]>,
  ) {}

  /** @internal */
  static async start<Service extends string>(
    counts: Readonly<Record<Service, number>>,
    options: TestFleetOptions<Service>,
  ): Promise<TestFleet<Service>> {
    readOptions(fleetTable, options, 'createTestFleet');
    for (const [service, count] of Object.entries(counts)) {
      countRule(count, `createTestFleet ${service}`);
    }
    const store = new MemoryStore();
    const { etcd } = options;
    const open = etcd ? () => createEtcdRegistry(etcd) : () => createMemoryRegistry(store);
    const own = open();
    const byService = new Map(
      Object.entries<number>(counts).map(([service, count]) => [
        service,
        instancesOf(service as Service, count, own, options),
      ]),
    );
    const fleet = new TestFleet<Service>(open, byService);
    fleet.opened.push(own);
    await Promise.all(fleet.all.map((instance) => instance.start()));
    return fleet;
  }

  /** The instances of a service, in order of their numbers. */
  instances(service: Service): readonly TestInstance[] {
    return this.byService.get(service) ?? [];
  }

  /** Calls that have reached each instance of a service, by id. */
  calls(service: Service): Readonly<Record<string, number>> {
    return Object.fromEntries(this.instances(service).map(({ id, calls }) => [id, calls]));
  }

  /**
   * Resolves when a client has connected to every serving instance of a service, so that each gets its share of calls.
   * @throws Error that names those without a connection when `timeoutMs` has passed
   */
  async whenConnected(service: Service, timeoutMs = 5_000): Promise<void> {
    const waiting = new Map(this.instances(service).map((each) => [each.id, each.whenConnected()]));
    for (const [id, connected] of waiting) {
      // Promise.all below reports a failure.
      connected.then(() => waiting.delete(id)).catch(() => undefined);
    }
    const abort = new AbortController();
    const late = delay(timeoutMs, undefined, { signal: abort.signal }).then(() => {
      const ids = [...waiting.keys()].join(', ');
      throw new Error(
        `No client has connected to ${ids} within ${timeoutMs} ms. Clients connect with app.init(), or as the module is ` +
          'compiled with DiscoveryTestingModule.override().',
      );
    });
    late.catch(() => undefined);
    await Promise.race([late, Promise.all(waiting.values())]);
    abort.abort();
  }

  /** A registry for a client of the fleet: it lists the fleet's instances. The fleet closes it if it is still open. */
  registry(): Registry {
    const registry = this.openRegistry();
    this.opened.push(registry);
    return registry;
  }

  /** Ends every instance and closes every registry. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((instance) => instance.crash()));
    await Promise.all(this.opened.map((registry) => registry.close()));
  }

  private get all(): readonly TestInstance[] {
    return [...this.byService.values()].flat();
  }
}

/**
 * Starts the given number of instances of each service and resolves when the registry lists them:
 *
 * ```ts
 * const fleet = await createTestFleet({ greeter: 3 });
 * ```
 */
export function createTestFleet<Service extends string>(
  counts: Readonly<Record<Service, number>>,
  options: TestFleetOptions<Service> = {},
): Promise<TestFleet<Service>> {
  return TestFleet.start(counts, options);
}

function instancesOf<Service extends string>(
  service: Service,
  count: number,
  { registrar }: Registry,
  { services, describe }: TestFleetOptions<Service>,
): readonly TestInstance[] {
  const replies = new TestReplies(services?.[service]);
  return Array.from({ length: count }, (_, index) => {
    const described = {
      id: `${service}-${index + 1}`,
      service,
      version: '',
      weight: 100,
      locality: { region: '', zone: '', subZone: '' },
      metadata: {},
      ...describe?.(service, index + 1),
    };
    return new TestInstance(registrar, described, replies);
  });
}
