import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { countTsBlocks, diagnostics, root, runSamples, tsBlocks } from './markdown-samples.js';

const folder = join(root, 'docs/policies');
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const HEADINGS = ['Idea', 'Steps', 'When to use it', 'Configuration', 'Limits'];

describe('docs/policies', () => {
  it.each(pages.filter(({ name }) => name !== 'README.md'))(
    '$name has the five headings of every policy',
    ({ text }) => {
      const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect(headings).toEqual(HEADINGS);
    },
  );

  it.each(pages)('$name has a sample, and names its file', ({ text }) => {
    expect(countTsBlocks(text)).toBeGreaterThan(0);
    expect(Object.keys(tsBlocks(text))).toHaveLength(countTsBlocks(text));
  });

  it('shows samples that compile and run as they stand', async () => {
    const samples = Object.assign({}, ...pages.map(({ text }) => tsBlocks(text))) as Record<
      string,
      string
    >;
    expect(diagnostics(samples)).toEqual([]);
    await expect(runSamples(samples)).resolves.toBeUndefined();
  });

  it('would tell of a sample that does not run', async () => {
    await expect(runSamples({ 'broken.ts': "throw new Error('broken');" })).rejects.toThrow(
      'broken',
    );
  });
});
