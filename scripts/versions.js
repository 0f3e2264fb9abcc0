// npm run versions: the core of the specs on the lowest versions that the published packages admit, and on the newest grpc-js
// that they do. Each runs in a copy of the workspace, which is removed again.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.js';
import { root, run } from './run.js';
import { newResultFile } from './spec-result.js';

/** What touches grpc-js, proto-loader, etcd3 and Nest most. */
const CORE = [
  'libs/balancing/src/grpc',
  'libs/balancing/src/balancer/pick-channel',
  'libs/balancing/src/discovery-channel',
  'libs/balancing/src/health/health.channel',
  'libs/balancing/src/balancer/method-policies',
  'libs/registry/src/etcd/client/private-members',
  'libs/registry/src/etcd/client/owned-channels',
  'libs/registry/src/etcd/etcd-registry.contract',
  'libs/nestjs/src/grpc',
  'libs/nestjs/src/(drain|server)/(discoverable|drain|workers|lifecycle|server-health|server-reflection)',
  'libs/nestjs/src/client/(balanced-client|client-grpc)',
  'libs/nestjs/src/(metrics|opentelemetry|terminus|testing|tls)/',
];
/** What specs start processes of, and what they need. */
const BUILT = [
  'proto',
  'libs/registry',
  'libs/balancing',
  'libs/nestjs',
  'libs/embedded-etcd',
  'test/support',
];
/** Not published, or of one version with another that is. */
const IGNORED = /^@grpc-discovery\/|^typescript$|^commander$|^jsonc-parser$|^yaml$/;

assertCoreExists();
await prepare();
// Installed by now.
const { default: semver } = await import('semver');

const sets = { lowest: lowestVersions(), newest: newestVersions() };
const wanted = process.argv.slice(2);
let isGreen = true;
for (const [name, versions] of Object.entries(sets)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`${name}: ${describe(versions)}`);
  isGreen = (await runOn(name, versions)) && isGreen;
}
process.exit(isGreen ? 0 : 1);

/** A pattern that matches no spec would test nothing. */
function assertCoreExists() {
  const specs = execFileSync('git', ['ls-files', '*.spec.ts'], { cwd: root, encoding: 'utf8' });
  const paths = specs.split('\n');
  const missing = CORE.filter((each) => !paths.some((path) => new RegExp(each).test(path)));
  if (missing.length > 0)
    throw new Error(`CORE should match specs, but these match none: ${missing}`);
}

/** Runs the core on these versions. @returns whether all specs passed. */
async function runOn(name, versions) {
  const folder = mkdtempSync(join(tmpdir(), 'versions-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    copyTo(folder);
    pin(folder, versions);
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    if ((await run('npm', ['install', '--legacy-peer-deps', ...quiet], { cwd: folder })) !== 0) {
      return false;
    }
    assertInstalled(folder, versions);
    // What we publish is built with the newest types: here it only has to run.
    const build = ['tsc', '-b', '--noCheck', ...BUILT];
    if ((await run('npx', build, { cwd: folder })) !== 0) return false;
    return (await runCore(name, folder)) === 0;
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function runCore(name, folder) {
  const result = newResultFile(`versions-${name}`);
  const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = ['node_modules/jest/bin/jest.js', '--ci', '--json', `--outputFile=${result}`];
  return run(process.execPath, [...options, ...jest, ...CORE], { cwd: folder });
}

/** All that git knows of, as it is now. */
function copyTo(folder) {
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  for (const name of names
    .split('\0')
    .filter((each) => each !== '' && each !== 'package-lock.json')) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
}

/** Exact versions at the top, and below it for whatever else asks for the same package. */
function pin(folder, versions) {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  for (const [name, version] of Object.entries(versions)) {
    if (manifest.devDependencies[name]) manifest.devDependencies[name] = version;
  }
  // The sample applications want the newest Nest; they are not part of this.
  manifest.workspaces = manifest.workspaces.filter((each) => !each.startsWith('apps/'));
  manifest.overrides = { ...manifest.overrides, ...versions };
  writeFileSync(file, JSON.stringify(manifest, null, 2));
}

function assertInstalled(folder, versions) {
  for (const [name, version] of Object.entries(versions)) {
    const file = join(folder, 'node_modules', name, 'package.json');
    const installed = JSON.parse(readFileSync(file, 'utf8')).version;
    if (installed !== version) throw new Error(`${name} should be ${version}, but is ${installed}`);
  }
}

function lowestVersions() {
  const ranges = Object.entries(publishedRanges());
  const lowest = Object.fromEntries(
    ranges.map(([name, range]) => [name, String(semver.minVersion(range))]),
  );
  // Specs of hybrid applications use it: it is released with the core.
  return { ...lowest, '@nestjs/platform-express': lowest['@nestjs/core'] };
}

function newestVersions() {
  const name = '@grpc/grpc-js';
  const answer = execFileSync('npm', ['view', name, 'versions', '--json'], { encoding: 'utf8' });
  return { [name]: semver.maxSatisfying(JSON.parse(answer), publishedRanges()[name]) };
}

/** What published packages want of others. */
function publishedRanges() {
  const manifests = readdirSync(join(root, 'libs')).map((name) =>
    JSON.parse(readFileSync(join(root, 'libs', name, 'package.json'), 'utf8')),
  );
  const all = manifests.flatMap(({ dependencies, peerDependencies }) =>
    Object.entries({ ...dependencies, ...peerDependencies }),
  );
  return Object.fromEntries(all.filter(([name]) => !IGNORED.test(name)));
}

function describe(versions) {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
