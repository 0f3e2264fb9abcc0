import specs from './jest.config.js';

/**
 * The fault matrix of etcd, the six scenarios and the rolling restart, one spec after the other, with nothing beside them.
 * @type {import('jest').Config}
 */
export default {
  ...specs,
  testMatch: [
    '<rootDir>/test/faults/**/*.spec.ts',
    '<rootDir>/test/{rolling-restart,six-scenarios}.spec.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
