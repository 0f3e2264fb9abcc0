import specs from './jest.config.js';

/**
 * Fresh projects of users, outside the workspace, from packed packages. One after the other: each installs.
 * @type {import('jest').Config}
 */
export default {
  ...specs,
  testMatch: ['<rootDir>/test/first-hour/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
  maxWorkers: 1,
};
