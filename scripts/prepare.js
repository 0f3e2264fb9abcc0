import { statSync } from 'node:fs';
import { must, root, run } from './run.js';

/** Installs what is missing and builds what has changed, so that every command works from a fresh clone. */
export async function prepare() {
  if (!isInstalled()) await must(run('npm', ['ci', '--no-fund', '--no-audit']), 'npm ci');
  await must(run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b']), 'The build');
}

/** npm writes its hidden lock file last: it is newer than the lock file after every install. */
function isInstalled() {
  const installed = modified('node_modules/.package-lock.json');
  return installed !== undefined && installed >= (modified('package-lock.json') ?? 0);
}

function modified(path) {
  return statSync(`${root}${path}`, { throwIfNoEntry: false })?.mtimeMs;
}
