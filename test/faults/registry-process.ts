import type { ServiceInstance } from '@grpc-discovery/registry';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Registers, watches, and answers each line that it is sent with one line of JSON: what it has used and told so far. The
 * log is counted only: a registry that is in trouble must not fill it.
 */
const SCRIPT = `
const { createEtcdRegistry } = await import(process.argv[1]);
const { hosts, instance } = JSON.parse(process.argv[2]);
let logged = 0;
const log = () => void logged++;
const logger = { info: log, warn: log, error: log };
const registry = createEtcdRegistry({ hosts, leaseTtlSeconds: 5 }, logger);
const registration = registry.registrar.register(instance);
const watch = registry.watcher.watch(instance.service, () => undefined);
process.stdin.on('data', () => {
  gc();
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({
    registration: registration.state.kind,
    watch: watch.state.kind,
    logged,
    cpuMs: (user + system) / 1000,
    heapBytes: process.memoryUsage().heapUsed,
  }));
});
console.log('{}');
`;

/** What a process tells of itself. */
export interface Report {
  readonly registration: string;
  readonly watch: string;
  readonly logged: number;
  readonly cpuMs: number;
  readonly heapBytes: number;
}

/** A process of its own with one registration and one watch; jest's own can't be frozen, and its use of CPU says nothing. */
export class RegistryProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
  ) {}

  /** @param folder Where the package stands, runnable by Node. */
  static async start(
    folder: string,
    options: { readonly hosts: string; readonly instance: ServiceInstance },
  ): Promise<RegistryProcess> {
    const args = ['--expose-gc', '--input-type=module', '-e', SCRIPT, '--'];
    args.push(`${folder}/index.js`, JSON.stringify(options));
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    await lines.next();
    return new RegistryProcess(child, lines);
  }

  async report(): Promise<Report> {
    this.child.stdin?.write('\n');
    const { value } = (await this.lines.next()) as { value: string };
    return JSON.parse(value) as Report;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}
