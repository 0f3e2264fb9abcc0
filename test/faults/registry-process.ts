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
const { hosts, instance, leaseTtlSeconds = 5, services = [], busyMs = 0 } = JSON.parse(process.argv[2]);
let logged = 0;
let troubles = 0;
const log = () => void logged++;
const trouble = () => { logged++; troubles++; };
const logger = { info: log, warn: trouble, error: trouble };
// For so much of each 300 ms the event loop is blocked, as by other work or for want of CPU.
const burn = () => { const end = performance.now() + busyMs; while (performance.now() < end); };
if (busyMs > 0) setInterval(burn, 300 - busyMs);
const startedAt = performance.now();
const registry = createEtcdRegistry({ hosts, leaseTtlSeconds }, logger);
let stales = 0;
let liveAfterMs;
const watches = services.map((service) => registry.watcher.watch(service, ({ kind }) => {
  if (kind !== 'live') stales++;
  if (watches.every(({ state }) => state.kind === 'live')) liveAfterMs ??= performance.now() - startedAt;
}));
const registration = registry.registrar.register(instance);
const watch = registry.watcher.watch(instance.service, () => undefined);
process.stdin.on('data', () => {
  gc();
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({
    registration: registration.state.kind,
    watch: watch.state.kind,
    logged,
    troubles,
    stales,
    live: watches.filter(({ state }) => state.kind === 'live').length,
    liveAfterMs,
    lostLeases: registry.describe().registrar.lostLeases,
    streams: registry.describe().watchStream.streams,
    cpuMs: (user + system) / 1000,
    heapBytes: process.memoryUsage().heapUsed,
  }));
});
console.log('{}');
`;

export interface RegistryProcessOptions {
  readonly hosts: string;
  readonly instance: ServiceInstance;
  /** @default 5 */
  readonly leaseTtlSeconds?: number;
  /** Further services to watch, all at once. */
  readonly services?: readonly string[];
  /** For how much of each 300 ms its event loop is blocked. @default 0 */
  readonly busyMs?: number;
}

/** What a process tells of itself. */
export interface Report {
  readonly registration: string;
  readonly watch: string;
  readonly logged: number;
  /** Of these, warnings and errors. */
  readonly troubles: number;
  /** How often the state of a service was anything but live. */
  readonly stales: number;
  /** Services that are live now, of those that were asked for. */
  readonly live: number;
  /** When all were live for the first time, since the start. */
  readonly liveAfterMs?: number;
  readonly lostLeases: number;
  /** Watch streams that were opened. */
  readonly streams: number;
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
  static async start(folder: string, options: RegistryProcessOptions): Promise<RegistryProcess> {
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
