import {
  createMemoryRegistry,
  MemoryStore,
  type EtcdRegistryOptions,
  type ServiceInstance,
} from '@grpc-discovery/registry';
import { runProgram } from '../program.js';
import type { Environment } from '../environment.js';
import type { Output } from '../output.js';
import { RecordedOutput } from './recorded-output.js';

export interface Ran {
  readonly code: number;
  readonly output: RecordedOutput;
}

/** The program over a registry in memory. */
export class CommandLine {
  readonly store = new MemoryStore();
  readonly ending = new AbortController();
  env: Environment = {};
  /** What the registry was opened with last. */
  opened: EtcdRegistryOptions | undefined;

  put(fields: Partial<ServiceInstance> = {}): ServiceInstance {
    const instance = {
      id: 'greeter-1',
      service: 'greeter',
      address: '127.0.0.1:50051',
      version: '1.0.0',
      weight: 100,
      locality: { region: 'eu', zone: 'eu-1', subZone: '' },
      metadata: {},
      startedAt: '2026-01-01T00:00:00.000Z',
      ...fields,
    };
    this.store.put(instance);
    return instance;
  }

  weights(service = 'greeter'): Record<string, number> {
    const { instances } = this.store.snapshot(service);
    return Object.fromEntries(instances.map(({ id, weight }) => [id, weight]));
  }

  async run(...args: string[]): Promise<Ran> {
    return this.runTo(new RecordedOutput(), ...args);
  }

  async runTo<O extends Output>(
    output: O,
    ...args: string[]
  ): Promise<{ readonly code: number; readonly output: O }> {
    const code = await runProgram(args, {
      output,
      env: this.env,
      signal: this.ending.signal,
      openRegistry: (options) => {
        this.opened = options;
        return createMemoryRegistry(this.store);
      },
    });
    return { code, output };
  }
}
