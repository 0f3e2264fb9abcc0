import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from './markdown-samples.js';

/** Phrases of a dialect that only its authors spoke; CONTRIBUTING.md shows what to write instead. */
const DIALECT = [
  /\b(?:is|are|was|were|been) told\b/i,
  /\bunless told\b/i,
  /\bgoes before\b/i,
  /\b(?:comes?|came) to\b/i,
  /\bwhat an? \w+ came to\b/i,
  /\bas long as nobody\b/i,
  /\bis no more\b/i,
  /\bbut for one\b/i,
  /\bonly ever copied\b/i,
  /\bwish of\b/i,
  /\bhear(?:s|d)? of (?:it|a|the)\b/i,
  /\bgone for good\b/i,
  /\b(?:etcd|registry) is away\b/i,
  /\bwhile etcd is away\b/i,
  /\bmade anew\b/i,
  /\bwhatever came of\b/i,
  /\bis left as it is\b/i,
];

const pages = ['*.md', '*.ts', '*.js', '.changeset/*.md'];
/** A changelog keeps what was published; CONTRIBUTING.md and this spec quote the dialect. */
const exempt = /CHANGELOG\.md$|\/gen\/|^CONTRIBUTING\.md$|^test\/plain-language\.spec\.ts$/;

it('pages, docstrings and messages are in plain English', () => {
  const paths = execFileSync('git', ['ls-files', ...pages], { cwd: root, encoding: 'utf8' });
  const files = paths.split('\n').filter((path) => path !== '' && !exempt.test(path));
  const found = files.flatMap((path) => {
    // A sentence may be broken between lines.
    const text = readFileSync(join(root, path), 'utf8').replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ');
    return DIALECT.flatMap((phrase) => {
      const match = phrase.exec(text);
      return match
        ? [`${path}: …${text.slice(Math.max(0, match.index - 30), match.index + 50)}…`]
        : [];
    });
  });
  expect(files.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});
