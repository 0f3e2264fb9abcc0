// npm run soak [-- --minutes N --seed S]: faults by chance for a while, and what must hold all the same.
import { prepare } from './prepare.js';
import { root, run } from './run.js';

await prepare();
const main = `${root}test/soak/dist/main.js`;
process.exit(await run(process.execPath, ['--expose-gc', main, ...process.argv.slice(2)]));
