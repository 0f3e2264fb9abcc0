import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { etcdTable } from '../libs/registry/src/etcd/normalize-etcd-options.js';
import { callTable, channelTable } from '../libs/nestjs/src/client/client-options.js';
import { drainTable } from '../libs/nestjs/src/drain/drain-options.js';
import { serviceTable } from '../libs/nestjs/src/server/service-options.js';
import { root } from './markdown-samples.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const rows = readme.split('\n').filter((line) => line.startsWith('|'));

interface Option {
  readonly doc: string;
  readonly absent: (place: never) => unknown;
}

/** Tables of options, and what stands before their names in the README. */
const TABLES: readonly (readonly [prefix: string, table: Readonly<Record<string, Option>>])[] = [
  ['etcd.', etcdTable],
  ['service.', serviceTable],
  ['drain.', drainTable],
  ['', callTable],
  ['', channelTable],
];
const OPTIONS = TABLES.flatMap(([prefix, table]) =>
  Object.entries(table).map(([name, option]) => [`${prefix}${name}`, option] as const),
);

describe("The README's tables of options", () => {
  // The service of a client is what its decorator begins with.
  it.each(OPTIONS.filter(([name]) => name !== 'service'))(
    'have %s, with the default that it has',
    (name, { doc, absent }) => {
      expect(doc).not.toBe('');
      const row = rows.find((line) => line.split('|')[1]?.includes(`\`${name}\``));
      expect(row).toBeDefined();
      const value = defaultOf(absent);
      const isShown = typeof value === 'number' || (typeof value === 'string' && value !== '');
      const shown = isShown ? `\`${value}\`` : '|';
      expect(row).toContain(shown);
    },
  );
});

/** Undefined for an option without one, and for one that must be given. */
function defaultOf(absent: Option['absent']): unknown {
  try {
    return absent({ path: 'it', error: Error } as never);
  } catch {
    return undefined;
  }
}
