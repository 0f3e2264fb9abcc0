// npm run bench [-- <part of a path> ...]: runs the benchmarks under bench/, one after the other.
import { readdirSync } from 'node:fs';
import { prepare } from './prepare.js';
import { must, root, run } from './run.js';

const wanted = process.argv.slice(2);
const benchmarks = readdirSync(`${root}bench`, { recursive: true })
  .filter((path) => path.endsWith('.bench.js'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort();
if (benchmarks.length === 0) {
  console.error(`No benchmark under bench/ has ${wanted.join(' or ')} in its path.`);
  process.exit(2);
}

await prepare();
for (const path of benchmarks) {
  console.log(`\n${path}\n`);
  await must(run(process.execPath, ['--expose-gc', `${root}bench/${path}`]), path);
}
