// npm run etcd [-- 3.7 3.6 …]: builds the supported etcds from the Go module proxy into a cache and prints where they are.
// What is built already stays. ETCD_CACHE names another cache.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The newest release of each line that is maintained. */
const RELEASES = { 3.7: '3.7.3', 3.6: '3.6.16', 3.5: '3.5.35' };
const MODULE = 'go.etcd.io/etcd/server/v3';

const execute = promisify(execFile);
const cache = process.env.ETCD_CACHE ?? join(homedir(), '.cache', 'grpc-discovery', 'etcd');

const lines = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RELEASES).reverse();
for (const line of lines) {
  const release = RELEASES[line];
  if (release === undefined) {
    fail(`"${line}" should be one of ${Object.keys(RELEASES).join(', ')}.`);
  }
  const binary = join(cache, release, 'etcd');
  if ((await versionOf(binary)) !== release) await build(release);
  console.log(binary);
}

async function build(release) {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, `building-${release}-`));
  try {
    await writeFile(join(folder, 'go.mod'), 'module etcd-build\n\ngo 1.24\n');
    console.error(`Building etcd ${release}: it takes about two minutes …`);
    await go(folder, 'get', `${MODULE}@v${release}`);
    await go(folder, 'build', '-trimpath', '-o', 'etcd', MODULE);
    const built = await versionOf(join(folder, 'etcd'));
    if (built !== release) fail(`etcd ${release} was built, but says that it is ${built}.`);
    await rm(join(cache, release), { recursive: true, force: true });
    // Whoever looks into the cache meanwhile finds it whole or not at all.
    await rename(folder, join(cache, release));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function go(cwd, ...args) {
  try {
    await execute('go', args, { cwd, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    if (error.code === 'ENOENT')
      fail('Go should be on PATH to build etcd, but is not. Install Go 1.24 or newer.');
    fail(`go ${args.join(' ')} failed:\n${error.stderr ?? error.message}`);
  }
}

async function versionOf(binary) {
  try {
    const { stdout } = await execute(binary, ['--version']);
    return /etcd Version: (\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
