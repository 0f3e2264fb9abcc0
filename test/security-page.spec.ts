import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { countTsBlocks, diagnostics, root, tsBlocks } from './markdown-samples.js';

it('docs/security.md shows samples that compile as they stand', () => {
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const blocks = tsBlocks(page);
  expect(Object.keys(blocks)).toHaveLength(countTsBlocks(page));
  expect(diagnostics(blocks)).toEqual([]);
});
