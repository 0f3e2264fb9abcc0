/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Workspace packages resolve to their TypeScript source: no build before a test run.
  testEnvironmentOptions: {
    customExportConditions: ['@grpc-discovery/source', 'node', 'node-addons'],
  },
  extensionsToTreatAsEsm: ['.ts'],
  // ESM sources import './x.js'; on disk it is './x.ts'.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
        },
      },
    ],
  },
  testMatch: ['<rootDir>/{apps,libs,test,scripts}/**/*.spec.ts'],
  // They hold bounds in seconds or need all of the machine: see jest.faults.config.js.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/faults/',
    // They need other languages: see jest.peers.config.js.
    '<rootDir>/test/peers/',
    // They install fresh projects: see jest.first-hour.config.js.
    '<rootDir>/test/first-hour/',
    '<rootDir>/test/rolling-restart.spec.ts',
  ],
  // Only a guard against hanging: what is to be in time, specs measure themselves.
  testTimeout: 120_000,
  maxWorkers: 2,
  coverageProvider: 'v8',
  collectCoverageFrom: ['{apps,libs}/*/src/**/*.ts', '!**/main.ts', '!**/*.spec.ts'],
};
