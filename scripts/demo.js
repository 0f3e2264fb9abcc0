// npm run demo: installs and builds what is missing, then plays the scenarios.
import { prepare } from './prepare.js';
import { root, run } from './run.js';

await prepare();
process.exit(
  await run(process.execPath, [`${root}apps/demo/dist/main.js`, ...process.argv.slice(2)]),
);
