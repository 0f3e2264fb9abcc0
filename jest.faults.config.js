import specs from './jest.config.js';

/**
 * The fault matrix of etcd, one spec after the other, with nothing beside them.
 * @type {import('jest').Config}
 */
export default {
  ...specs,
  testMatch: ['<rootDir>/test/faults/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
