import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { diagnostics, root, tsBlocks } from './markdown-samples.js';

it('docs/operations.md shows samples that compile beside those of the README', () => {
  const readme = tsBlocks(readFileSync(join(root, 'README.md'), 'utf8'));
  const blocks = tsBlocks(readFileSync(join(root, 'docs/operations.md'), 'utf8'));
  const client = readme['gateway/greeter.client.ts']!;
  expect(Object.keys(blocks)).toEqual(['explain-call.ts']);
  expect(diagnostics({ 'gateway/greeter.client.ts': client, ...blocks })).toEqual([]);
});
