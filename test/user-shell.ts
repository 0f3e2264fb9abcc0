import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeWith } from '@grpc-discovery/test-support/jest';
import { root } from './markdown-samples.js';

const run = promisify(execFile);

/** The environment of a user's shell: what jest and npm set for this workspace must not reach other projects. */
export const ownEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|JEST_)/i.test(name)),
);

/**
 * Runs a line of a shell, and resolves to its output.
 * @throws Error with the line and its output in the text, and `code`, `stdout` and `stderr` beside it
 */
export async function sh(cwd: string, line: string, environment: object = {}): Promise<string> {
  const env = { ...ownEnvironment, NO_COLOR: '1', ...environment };
  try {
    const { stdout, stderr } = await run('sh', ['-c', line], { cwd, env, maxBuffer: 1e8 });
    return stdout + stderr;
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    const failure = new Error(`${line}\n${stdout}${stderr}`, { cause: error });
    throw Object.assign(failure, { code, stdout, stderr });
  }
}

const hasNpm = await sh(root, 'npm view jest version --fetch-retries=0').then(
  () => true,
  () => false,
);

/** Groups specs that install packages. */
export const describeWithNpm = describeWith(hasNpm, 'packages that npm finds');
