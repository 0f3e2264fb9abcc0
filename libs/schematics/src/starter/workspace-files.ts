/** What a starter has around its applications, by path. */
export function workspaceFiles(name: string): Readonly<Record<string, string>> {
  return {
    'package.json': json(packageJson(name)),
    'tsconfig.json': json(tsConfig),
    'nest-cli.json': json(nestCli),
    '.gitignore': 'node_modules/\ndist/\n',
    '.dockerignore': 'node_modules/\ndist/\n.git/\n',
    'scripts/dev.js': devScript,
    'README.md': readme(name),
  };
}

function packageJson(name: string): object {
  return {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node: '^20.19.0 || ^22.12.0 || >=24.0.0' },
    scripts: {
      build: 'tsc -b',
      dev: 'tsc -b && node scripts/dev.js',
      'start:greeter': 'node --enable-source-maps dist/apps/greeter/main.js',
      'start:gateway': 'node --enable-source-maps dist/apps/gateway/main.js',
      test: 'tsc -b && node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js',
    },
    dependencies: {
      '@nestjs/common': '^12.0.0',
      '@nestjs/core': '^12.0.0',
      '@nestjs/platform-express': '^12.0.0',
      'reflect-metadata': '^0.2.2',
      rxjs: '^7.8.1',
    },
    devDependencies: {
      '@grpc-discovery/cli': '^0.1.0',
      '@grpc-discovery/embedded-etcd': '^0.1.0',
      '@grpc-discovery/schematics': '^0.1.0',
      '@jest/globals': '^30.0.0',
      '@nestjs/cli': '^12.0.0',
      '@types/node': '^22.0.0',
      jest: '^30.0.0',
      typescript: '^6.0.0',
    },
    // Specs are compiled with the applications: nothing transforms them at run time.
    jest: { testMatch: ['<rootDir>/dist/**/*.spec.js'] },
  };
}

const tsConfig = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    esModuleInterop: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: false,
    composite: true,
    sourceMap: true,
  },
  files: [],
  references: [],
};

const nestCli = {
  $schema: 'https://json.schemastore.org/nest-cli',
  collection: '@nestjs/schematics',
  monorepo: true,
  compilerOptions: { builder: 'tsc', deleteOutDir: false },
  projects: {},
};

const devScript = `// npm run dev: an etcd in this process and every application of nest-cli.json, until Ctrl-C.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';

const { ETCD_PORT = '2379' } = process.env;
const { projects } = JSON.parse(readFileSync('nest-cli.json', 'utf8'));
const etcd = await EmbeddedEtcd.start({ port: Number(ETCD_PORT) });
const env = { ...process.env, ETCD_HOSTS: etcd.hosts.join(',') };
const applications = Object.values(projects).filter(({ type }) => type === 'application');
const apps = applications.map(({ root }) =>
  spawn(process.execPath, ['--enable-source-maps', \`dist/\${root}/main.js\`], {
    env,
    stdio: 'inherit',
  }),
);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => apps.forEach((app) => app.kill('SIGTERM')));
}
await Promise.all(apps.map((app) => once(app, 'exit')));
await etcd.stop();
`;

function readme(name: string): string {
  return `# ${name}

A gRPC service "greeter" that registers in etcd while it serves, and a gateway that finds it by name and balances every call.

\`\`\`sh
npm install
npm test
npm run dev                 # an etcd for development, and every application
curl localhost:3000/hello/world
npx grpc-discovery list     # what is running?
docker compose up --build   # the same on a real etcd
\`\`\`

Another service, and a client of it for the gateway:

\`\`\`sh
npx nest generate -c @grpc-discovery/schematics grpc-service orders --project orders
npx nest generate -c @grpc-discovery/schematics grpc-client orders --project gateway
npm install
\`\`\`

The etcd for development listens on port 2379; \`ETCD_PORT\` names another one. Contracts stand in \`proto/\`. After
a change run the same command again: it makes the TypeScript of the contract anew and leaves your own files as they are.
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
