import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { diagnostics, root, tsBlocks } from './markdown-samples.js';

it('docs/security.md shows samples that compile as they stand, those that name their file', () => {
  const blocks = tsBlocks(readFileSync(join(root, 'docs/security.md'), 'utf8'));
  expect(Object.keys(blocks)).toEqual(['secure/greeter.ts', 'secure/gateway.module.ts']);
  expect(diagnostics(blocks)).toEqual([]);
});
