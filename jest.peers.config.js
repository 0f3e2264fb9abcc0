import specs from './jest.config.js';

/**
 * Clients of etcd, and servers, in other languages, which are built first.
 * @type {import('jest').Config}
 */
export default {
  ...specs,
  testMatch: ['<rootDir>/test/peers/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
