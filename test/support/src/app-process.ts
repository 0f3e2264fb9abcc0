import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const KEPT_LINES = 40;

/** One of the workspace's applications, as a process of its own. */
export class AppProcess {
  private readonly lines: string[] = [];

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    }
  }

  /** Starts `apps/<app>`, which must be built. */
  static start(app: string, environment: Record<string, string>): AppProcess {
    const child = spawn(process.execPath, [`${root}apps/${app}/dist/main.js`], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...environment },
    });
    return new AppProcess(app, child);
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it printed last. */
  get output(): string {
    return this.lines.join('\n');
  }

  /** Sends a signal and resolves with how the process ended: an exit code or a signal's name. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    if (this.isRunning) {
      const exit = once(this.child, 'exit');
      this.child.kill(signal);
      await exit;
    }
    return this.child.exitCode ?? this.child.signalCode ?? '';
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  private keep(text: string): void {
    this.lines.push(...text.split('\n').filter((line) => line.trim() !== ''));
    this.lines.splice(0, this.lines.length - KEPT_LINES);
  }
}
