import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { root } from './run.js';

const folder = `${root}node_modules/.cache/spec-results/`;

/** Where jest writes the result of one command, such as `specs`; what an earlier run wrote is removed. */
export function newResultFile(command) {
  const file = `${folder}${command}.json`;
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  return file;
}

/** The result of the command's last run; undefined if it does not run specs. */
export function specResult(command) {
  const file = `${folder}${command}.json`;
  if (!statSync(file, { throwIfNoEntry: false })) return undefined;
  const result = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: result.numPassedTests,
    // A suite that could not be run has no specs to count, and has failed all the same.
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests,
  };
}
