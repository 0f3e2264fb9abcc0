import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Top folder of the workspace. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command, in the workspace root by default, with its output shown, and returns its exit code. */
export async function run(command, args = [], { env = {}, quiet = false, cwd = root } = {}) {
  const child = spawn(command, args, {
    cwd,
    stdio: quiet ? 'ignore' : 'inherit',
    env: { ...process.env, ...env },
  });
  const release = passSignals(child);
  const [code, signal] = await once(child, 'exit');
  release();
  return code ?? `signal ${signal}`;
}

/** Lets the command end itself, with what it has started, before this process ends. */
function passSignals(child) {
  // The terminal has sent Ctrl-C to the command as well.
  const wait = () => undefined;
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', wait).on('SIGTERM', pass).on('SIGHUP', pass);
  return () => process.off('SIGINT', wait).off('SIGTERM', pass).off('SIGHUP', pass);
}

/** Runs a binary of an installed package. */
export function runBin(name, args, options) {
  return run(process.execPath, [`${root}node_modules/.bin/${name}`, ...args], options);
}

/** Runs a command and ends this process with its code when it fails. */
export async function must(promise, what) {
  const code = await promise;
  if (code === 0) return;
  console.error(`${what} failed (${code}).`);
  process.exit(typeof code === 'number' ? code : 1);
}
