import specs from './jest.config.js';

/**
 * The fault matrix of etcd and the rolling restart, one spec after the other, with nothing beside them.
 * @type {import('jest').Config}
 */
export default {
  ...specs,
  testMatch: ['<rootDir>/test/faults/**/*.spec.ts', '<rootDir>/test/rolling-restart.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
