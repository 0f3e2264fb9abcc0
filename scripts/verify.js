// npm run verify: every check that is no spec. All of them run, and one that fails fails the command.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.js';
import { root, run, runBin } from './run.js';

const checks = [
  ['format', () => runBin('prettier', ['--check', '--log-level', 'warn', '.'])],
  ['lint', () => runBin('eslint', ['.', '--max-warnings', '0'])],
  ['types', () => runBin('tsc', ['-p', 'tsconfig.check.json'])],
  ['import rules', () => runBin('depcruise', ['libs', 'apps', 'proto/src', 'test', 'bench'])],
  ['nest build', () => runBin('nest', ['build', '--all'])],
  ['API reference', () => runBin('typedoc', ['--emit', 'none', '--logLevel', 'Warn'])],
  ['contracts', () => runBin('buf', ['lint'])],
  ['generated code', generatedCodeIsFresh],
  ['lock file', lockFileNamesNoRegistry],
  ['lowest versions', floorsHold],
  ['address', addressHolds],
  ...publishedPackages().flatMap((folder) => [
    [`publint ${folder}`, () => runBin('publint', [folder, '--strict'])],
    ...(canBeImported(folder)
      ? [[`types of ${folder}`, () => runBin('attw', ['--pack', folder, '--profile', 'esm-only'])]]
      : []),
  ]),
];

await prepare();
const failed = [];
for (const [name, check] of checks) {
  const start = performance.now();
  const code = await check();
  if (code !== 0) failed.push(name);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
}
if (failed.length > 0) {
  console.error(`verify: ${failed.join(', ')} failed`);
  process.exit(1);
}

/** Generates again, elsewhere, and compares: what is checked in must match the contracts. */
async function generatedCodeIsFresh() {
  const { generate, generatedFolders } = await import('./generate.js');
  const copy = mkdtempSync(join(tmpdir(), 'generate-'));
  try {
    const code = await generate(copy);
    if (code !== 0) return code;
    for (const folder of generatedFolders) {
      const differs = await run('diff', ['-r', join(copy, folder), folder]);
      if (differs !== 0) return differs;
    }
    return 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Imported late, as the floors are: it is no business of what installs. */
async function addressHolds() {
  const { checkAddress } = await import('./address.js');
  return checkAddress();
}

/** Only links between workspace packages may say where they come from. */
function lockFileNamesNoRegistry() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const named = Object.entries(packages).filter(([, entry]) => entry.resolved && !entry.link);
  for (const [path] of named) console.error(`package-lock.json: ${path} names an address`);
  return named.length === 0 ? 0 : 1;
}

/** What it imports is installed by now. */
async function floorsHold() {
  const { checkFloors } = await import('./check-floors.js');
  return checkFloors();
}

/** A package of commands only has no types that anyone could see. */
function canBeImported(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return '.' in exports;
}

function publishedPackages() {
  const libs = readdirSync(join(root, 'libs')).map((name) => join('libs', name));
  return [...libs, 'apps/agent'];
}
