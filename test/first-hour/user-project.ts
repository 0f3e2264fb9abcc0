import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root, type Samples } from '../markdown-samples.js';
import { ownEnvironment, sh } from '../user-shell.js';

const OURS = ['registry', 'balancing', 'nestjs', 'embedded-etcd', 'cli', 'schematics'] as const;

/** A folder outside the workspace, in which a user begins, and our packages as npm would bring them. */
export class UserProject {
  private readonly base = mkdtempSync(join(tmpdir(), 'first-hour-'));
  readonly folder = join(this.base, 'project');
  private readonly processes: ChildProcess[] = [];

  async pack(): Promise<void> {
    mkdirSync(this.folder);
    const workspaces = OURS.map((name) => `-w libs/${name}`).join(' ');
    await sh(root, `npm pack ${workspaces} --pack-destination ${this.base} --silent`);
  }

  /** The file of a package, by the name under which npm would find it. */
  tarball(name: string): string {
    const file = readdirSync(this.base).find((it) => it.startsWith(`grpc-discovery-${name}-`));
    if (file === undefined) throw new Error(`${name} was not packed`);
    return join(this.base, file);
  }

  /** Our packages by name, for the overrides of a package manager. */
  get tarballs(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      OURS.map((name) => [`@grpc-discovery/${name}`, `file:${this.tarball(name)}`]),
    );
  }

  /** The line of the docs, with files in the place of names: each needs those that it depends on. */
  async install(line: string): Promise<string> {
    const files = OURS.map((name) => this.tarball(name)).join(' ');
    const named = line.replaceAll(/@grpc-discovery\/\S+/g, '').replace('npm install', '');
    return this.sh(`npm install --no-fund --no-audit ${files} ${named}`);
  }

  sh(line: string, environment: object = {}): Promise<string> {
    return sh(this.folder, line, environment);
  }

  write(files: Samples): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Changes a JSON file. */
  edit(path: string, change: (content: never) => object): void {
    const changed = change(JSON.parse(this.read(path)) as never);
    writeFileSync(join(this.folder, path), JSON.stringify(changed, undefined, 2));
  }

  /** A program that runs until {@link end}. */
  start(program: string, programArguments: readonly string[] = []): void {
    const child = spawn(process.execPath, [program, ...programArguments], {
      cwd: this.folder,
      env: ownEnvironment,
      stdio: 'ignore',
    });
    this.processes.push(child);
  }

  async end(): Promise<void> {
    await Promise.all(
      this.processes.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }),
    );
    rmSync(this.base, { recursive: true, force: true });
  }
}
