import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { root } from './markdown-samples.js';

/** Pages that people read for the picture. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/concepts.md',
  'docs/operations.md',
  'docs/deployment.md',
  'docs/policies/README.md',
];

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const diagramsOf = (page: string) =>
  [...read(page).matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, diagram = '']) => diagram);
const diagrams = PAGES.flatMap((page) => diagramsOf(page).map((diagram) => ({ page, diagram })));

const code = ['registry', 'balancing', 'nestjs']
  .map((name) => join(root, 'libs', name, 'src'))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
      .map((path) => readFileSync(join(folder, path), 'utf8')),
  )
  .join('\n');

/** Words of a diagram that name something in the code: `discoverable()`, `ListWatch`, `drain.graceMs`, `@Call`. */
function namesIn(diagram: string): string[] {
  const text = diagram.replace(/<br\/?>/g, ' ');
  const calls = [...text.matchAll(/\b([a-z]\w*)\(\)/g)].map(([, name = '']) => name);
  const classes = [...text.matchAll(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b/g)].map(([name]) => name);
  const options = [...text.matchAll(/\bdrain\.(\w+)/g)].map(([, name = '']) => name);
  const decorators = [...text.matchAll(/@([A-Z]\w+)/g)].map(([, name = '']) => name);
  return [...new Set([...calls, ...classes, ...options, ...decorators])];
}

/** Paths such as `libs/registry` or `etcd/watch/`. */
function foldersIn(diagram: string): string[] {
  return [...diagram.matchAll(/\b(?:libs|apps|etcd)\/[\w/-]+/g)].map(([path]) => path);
}

describe('The diagrams of the pages', () => {
  it.each(PAGES)('%s has one', (page) => {
    expect(diagramsOf(page)).not.toEqual([]);
  });

  it('are understood by Mermaid', async () => {
    const parse = promisify(execFile)(process.execPath, [join(root, 'test/parse-diagrams.js')]);
    parse.child.stdin?.end(JSON.stringify(diagrams.map(({ diagram }) => diagram)));
    const errors = JSON.parse((await parse).stdout) as (string | null)[];
    const found = errors.map((error, i) => error && `${diagrams[i]?.page}: ${error}`);
    expect(errors).toHaveLength(diagrams.length);
    expect(found.filter(Boolean)).toEqual([]);
  });

  it('name what the code has', () => {
    const isKnown = (name: string) => new RegExp(`\\b${name}\\b`).test(code);
    const names = diagrams.flatMap(({ page, diagram }) =>
      namesIn(diagram).map((name) => ({ page, name })),
    );
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter(({ name }) => !isKnown(name))).toEqual([]);
  });

  it('name folders that exist', () => {
    const folders = diagrams.flatMap(({ diagram }) => foldersIn(diagram));
    const homes = ['', 'libs/registry/src', 'libs/balancing/src', 'libs/nestjs/src'];
    const exists = (path: string) => homes.some((home) => existsSync(join(root, home, path)));
    expect(folders.filter((path) => !exists(path))).toEqual([]);
  });
});
