import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { countTsBlocks, diagnostics, root, tsBlocks } from './markdown-samples.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const markdownOf = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const packages = readdirSync(join(root, 'libs')).flatMap((name) => markdownOf(`libs/${name}`));
const pages = ['README.md', ...markdownOf('docs'), ...markdownOf('docs/decisions'), ...packages];
/** These have specs of their own for their samples. */
const others = ['CONTRIBUTING.md', ...markdownOf('docs/policies')];

/** Neighbours that no page shows. */
const unseen = {
  'greeter/greeter.controller.ts': 'export class GreeterController {}',
  'gateway/app.module.ts': 'export class AppModule {}',
  'apps/gateway/src/clients/orders.client.ts': `export abstract class OrdersClient {
    abstract sayHello(request: object, options: object): Promise<never>;
  }`,
  'apps/gateway/src/clients/orders.contract.ts': 'export interface HelloReply { message: string }',
  'migration/app.module.ts': 'export class AppModule {}',
};

/** Text of this workspace's code, in which quoted messages are to be found. */
const sources = ['libs/registry', 'libs/balancing', 'libs/nestjs'].flatMap((folder) =>
  readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .map((path) => read(join(folder, 'src', path))),
);

describe('The pages of the documentation', () => {
  it('name the file of every sample, so that every sample is compiled', () => {
    const unnamed = pages.filter((page) => {
      const text = read(page);
      return countTsBlocks(text) !== Object.keys(tsBlocks(text)).length;
    });
    expect(unnamed).toEqual([]);
  });

  it('show samples that compile, beside those of the README', () => {
    const samples = Object.assign({}, ...pages.map((page) => tsBlocks(read(page)))) as object;
    expect(diagnostics({ ...unseen, ...samples })).toEqual([]);
  });

  it('say of every block of commands which spec runs it, or why none does', () => {
    const silent = [...pages, ...others].flatMap((name) => {
      const page = read(name);
      if (isWhollyRun(page)) return [];
      const blocks = page.split(/^```console$/m).slice(0, -1);
      return blocks.filter((before) => !saysWhoRuns(before)).map(() => name);
    });
    expect(silent).toEqual([]);
  });

  it('link to files that exist', () => {
    const broken = [...pages, ...others].flatMap((page) => {
      const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
        ([, to]) => to ?? '',
      );
      const targets = links.map((to) => join(root, dirname(page), to));
      return targets.filter((path) => !existsSync(path)).map((path) => `${page}: ${path}`);
    });
    expect(broken).toEqual([]);
  });

  it('link to headings that exist', () => {
    const broken = [...pages, ...others].flatMap((page) => {
      const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
      return links.flatMap(([link, to = '', anchor = '']) => {
        const target = to === '' ? page : join(dirname(page), to);
        return anchorsOf(read(target)).includes(anchor) ? [] : [`${page}: ${link}`];
      });
    });
    expect(broken).toEqual([]);
  });

  it('quote error texts that the code has', () => {
    const headings = [...read('docs/troubleshooting.md').matchAll(/^### `(.+)`$/gm)];
    const texts = headings
      .map(([, text = '']) => text)
      .filter((text) => text !== 'Deadline exceeded');
    // What differs from case to case is an expression in the code.
    const parts = texts.flatMap((text) => text.split(/"?<\w+>"?/)).map((part) => part.trim());
    const missing = parts.filter((part) => !sources.some((source) => flat(source).includes(part)));
    expect(texts.length).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

/** A line of the page is `<!-- all run by <spec> -->`. */
function isWhollyRun(page: string): boolean {
  const spec = /^<!-- all run by (\S+) -->$/m.exec(page)?.[1];
  return spec !== undefined && existsSync(join(root, spec));
}

/** The last line before the block is `<!-- run by <spec> -->` or `<!-- not run: <reason> -->`. */
function saysWhoRuns(before: string): boolean {
  const note = before.trimEnd().split('\n').at(-1) ?? '';
  const spec = /^<!-- run by (\S+) -->$/.exec(note)?.[1];
  if (spec !== undefined) return existsSync(join(root, spec));
  return /^<!-- not run: .+ -->$/.test(note);
}

/** Without escapes, and with the pieces of texts that span lines put together. */
function flat(source: string): string {
  return source.replace(/\\'/g, "'").replace(/['`] \+\s+['`]/g, '');
}
