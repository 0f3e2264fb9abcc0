import { expect } from '@jest/globals';
import type { DiscoverySetupCode } from '../errors.js';

/** Matches a DiscoverySetupError of this code. */
export function aSetupError(code: DiscoverySetupCode) {
  return expect.objectContaining({ name: 'DiscoverySetupError', code });
}
