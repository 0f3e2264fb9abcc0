import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertServiceConfig } from '@grpc-discovery/balancing';
import { describe, expect, it } from '@jest/globals';
import { countTsBlocks, diagnostics, root, runSamples, tsBlocks } from './markdown-samples.js';

const folder = join(root, 'docs/policies');
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const HEADINGS = ['Idea', 'Steps', 'When to use it', 'Configuration', 'Limits'];

/** The policies that a service config may name, by the error that lists them. */
function policyNames(): string[] {
  try {
    assertServiceConfig(JSON.stringify({ loadBalancingConfig: [{ none_of_them: {} }] }));
  } catch (error) {
    const [, names = ''] = /must be one of ([\w, ]+), but is/.exec((error as Error).message) ?? [];
    return names.split(', ');
  }
  throw new Error('A policy of any name is taken');
}

describe('docs/policies', () => {
  it('has a page for every policy, to which the overview leads', () => {
    const names = policyNames().sort();
    expect(names.length).toBeGreaterThan(5);
    const own = pages.filter(({ name }) => name !== 'README.md').map(({ name }) => name);
    expect(own.sort()).toEqual(names.map((name) => `${name}.md`));
    const overview = pages.find(({ name }) => name === 'README.md')!.text;
    expect(names.filter((name) => !overview.includes(`(${name}.md)`))).toEqual([]);
  });

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
