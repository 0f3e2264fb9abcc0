import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './markdown-samples.js';

/** A section of CONTRIBUTING.md, from its heading to the next one. */
export function walkThrough(heading: string): string {
  const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const section = contributing.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`CONTRIBUTING.md should have "## ${heading}"`);
  // Blocks within a list are indented.
  return section.replace(/^ {3}/gm, '');
}

/** Adds the lines that the diffs of a section add, each before or after the line that its diff shows beside them. */
export function withAdditions(section: string, source: string): string {
  const diffs = [...section.matchAll(/^```diff\n(.*?)^```$/gms)].map(([, diff = '']) =>
    diff.split('\n'),
  );
  return diffs.reduce((text, lines) => {
    const shown = lines.find((line) => line.trim() !== '' && !line.startsWith('+'))?.trim() ?? '';
    const isAbove = lines.findIndex((line) => line.startsWith('+')) === 0;
    const added = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
    if (!text.includes(shown)) throw new Error(`The source should have the line "${shown}"`);
    const both = isAbove ? [...added, shown] : [shown, ...added];
    return text.replace(shown, () => both.join('\n'));
  }, source);
}

/** Folders of the files that a section names. */
export function foldersOf(section: string): string[] {
  const paths = section.match(/\b(?:libs|docs|test|bench)\/[\w./-]+/g) ?? [];
  return [...new Set(paths.map((path) => path.split('/').slice(0, 2).join('/')))];
}
