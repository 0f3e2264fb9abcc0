// npm test [-- <jest arguments>]: installs, builds and runs all specs, and ends with `N passed, N failed`.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { prepare } from './prepare.js';
import { root, run } from './run.js';

const resultFile = `${root}node_modules/.cache/jest-result.json`;

await prepare();
await sayWhichEtcd();
rmSync(resultFile, { force: true });
mkdirSync(`${root}node_modules/.cache`, { recursive: true });
const code = await run(process.execPath, [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  `${root}node_modules/jest/bin/jest.js`,
  '--json',
  `--outputFile=${resultFile}`,
  '--testLocationInResults=false',
  ...process.argv.slice(2),
]);

const result = JSON.parse(readFileSync(resultFile, 'utf8'));
// A suite that could not be run has no specs to count, and has failed all the same.
const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
const skipped = result.numPendingTests > 0 ? `, ${result.numPendingTests} skipped` : '';
console.log(`${result.numPassedTests} passed, ${failed} failed${skipped}`);
process.exit(code === 0 && failed === 0 && result.numPassedTests > 0 ? 0 : 1);

/** Imported when it is built. */
async function sayWhichEtcd() {
  const { etcdKinds, hasEtcdBinary } = await import(`${root}test/support/dist/index.js`);
  const names = etcdKinds('/').map(({ name }) => name);
  console.log(`System specs run on ${names.join(' and on ')}.`);
  if (!hasEtcdBinary()) {
    console.log('No etcd on PATH: specs that compare with a real one or need three are skipped.');
  }
}
