import { devScript } from './dev-script.js';

/** The files of a starter outside its applications, by path. */
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
      contracts: 'schematics @grpc-discovery/schematics:grpc-contracts',
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
      // Those of 12 need Node 22.22.
      '@nestjs/cli': '^11.0.0',
      '@nestjs/schematics': '^11.0.0',
      '@types/node': '^22.0.0',
      jest: '^30.0.0',
      // Nest CLI 11 writes options that 6 refuses.
      typescript: '^5.9.0',
    },
    // What Nest 12 asks for needs Node 22.
    overrides: { 'file-type': '^21.3.0' },
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
  // The schematics of @nestjs/schematics, with imports for ES modules.
  collection: '@grpc-discovery/schematics/nest',
  monorepo: true,
  compilerOptions: { builder: 'tsc', deleteOutDir: false },
  projects: {},
};

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

The etcd for development listens on port 2379; set \`ETCD_PORT\` for another one. Contracts are in \`proto/\`. After a change, \`npm run contracts\` regenerates their TypeScript and reports what changed. It never changes your own files.
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
