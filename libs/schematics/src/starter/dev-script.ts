/** The starter's scripts/dev.js. */
export const devScript = `// npm run dev: an etcd in this process, the compiler, and every application of nest-cli.json, until Ctrl-C. An application
// is restarted when its compiled files change; one that ends by itself ends all of it, with its exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { createInterface } from 'node:readline';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';

const { ETCD_PORT = '2379' } = process.env;
/** Files of one compilation are written within this time, in milliseconds. */
const QUIET = 300;
/** Longer than an application's drain, in milliseconds. */
const PATIENCE = 15_000;

const { projects } = JSON.parse(readFileSync('nest-cli.json', 'utf8'));
const names = Object.keys(projects).filter((name) => projects[name].type === 'application');
const width = Math.max(...['tsc', 'etcd', ...names].map(({ length }) => length));
const children = new Set();
let isStopping = false;

const etcd = await EmbeddedEtcd.start({ port: Number(ETCD_PORT) }).catch((error) => {
  console.error(\`\${error.message} (ETCD_PORT).\`);
  process.exit(1);
});
say('etcd', \`listens at \${etcd.hosts.join(', ')}\`);
const env = {
  ...process.env,
  ETCD_HOSTS: etcd.hosts.join(','),
  ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
};

process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop(0));
const compiler = start('tsc', ['node_modules/typescript/bin/tsc', '-b', '--watch', '--preserveWatchOutput']);
compiler.once('exit', (code) => isStopping || void stop(code ?? 1));
for (const name of names) run(name);

/** Runs an application, again after each change. */
function run(name) {
  const folder = \`dist/\${projects[name].root}\`;
  const main = \`\${folder}/\${projects[name].entryFile ?? 'main'}.js\`;
  if (!existsSync(main)) {
    say(name, \`can't start: \${main} does not exist\`);
    return;
  }
  let isChanging = false;
  let timer;
  let app = begin();
  watch(folder, { recursive: true }, (_, file) => {
    if (!/\\.js$/.test(file ?? '') || /\\.spec\\.js$/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void restart(), QUIET);
  });

  function begin() {
    const child = start(name, ['--enable-source-maps', main]);
    child.once('exit', (code, signal) => {
      if (isStopping || isChanging) return;
      say(name, \`ended unexpectedly with \${signal ?? \`exit code \${code}\`}\`);
      void stop(code ?? 1);
    });
    return child;
  }

  async function restart() {
    if (isStopping || isChanging) return;
    isChanging = true;
    say(name, 'changed, restarting');
    await end(app);
    isChanging = false;
    if (!isStopping) app = begin();
  }
}

/** A Node process whose lines are printed behind its name. */
function start(name, args) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => say(name, line));
  }
  return child;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
  clearTimeout(timer);
}

/** Ends everything; at once when it is asked for again. */
async function stop(code) {
  if (isStopping) process.exit(code || 1);
  isStopping = true;
  await Promise.all([...children].map(end));
  await etcd.stop();
  process.exit(code);
}

function say(name, line) {
  if (line !== '') console.log(\`\${name.padEnd(width)} | \${line}\`);
}
`;
