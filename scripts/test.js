// npm test [-- <jest arguments>]: installs, builds and runs all specs, and ends with `N passed, N failed`.
// npm run faults: the same for the faults of etcd, whose bounds want a machine to themselves.
// npm run peers: the same for clients of etcd, and servers, in other languages.
import { prepare } from './prepare.js';
import { root, run } from './run.js';
import { newResultFile, specResult } from './spec-result.js';

const [, , command, ...jestArguments] = process.argv;
// A second run of the same command is counted beside the first.
const result = process.env.RESULT ?? command;
const config = command === 'specs' ? 'jest.config.js' : `jest.${command}.config.js`;

await prepare();
await sayWhichEtcd();
const code = await run(process.execPath, [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  `${root}node_modules/jest/bin/jest.js`,
  '--config',
  config,
  '--json',
  `--outputFile=${newResultFile(result)}`,
  '--testLocationInResults=false',
  ...jestArguments,
]);

const { passed, failed, skipped } = specResult(result);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(code === 0 && failed === 0 && passed > 0 ? 0 : 1);

/** Imported when it is built. */
async function sayWhichEtcd() {
  const { etcdKinds, hasEtcdBinary } = await import(`${root}test/support/dist/index.js`);
  const names = etcdKinds('/').map(({ name }) => name);
  console.log(`System specs run on ${names.join(' and on ')}.`);
  if (!hasEtcdBinary()) {
    console.log(
      'No etcd is built (npm run etcd) or on PATH: specs that compare with a real one or need three are skipped.',
    );
  }
}
