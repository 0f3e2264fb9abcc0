import { hasEtcdBinary } from '@grpc-discovery/test-support';
import { parseArgs } from 'node:util';
import { report } from './report.js';
import { soak } from './soak.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(1 + (Date.now() % 1_000_000)) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed) || seed < 1) {
  throw new Error(
    `--minutes is a positive number and --seed a positive integer, not ${values.minutes} and ${values.seed}`,
  );
}
if (!hasEtcdBinary()) throw new Error('A soak needs an etcd on PATH: it is run with three members');

console.log(`Soaks for ${minutes} min with seed ${seed}.`);
const result = await soak({ minutes, seed });
console.log(report(result));
for (const violation of result.violations) console.log(violation);
console.log(`${result.calls} calls; ${result.violations.length} broken promises`);
process.exitCode = result.violations.length === 0 ? 0 : 1;
