import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { diagnostics, root } from './markdown-samples.js';
import { foldersOf, walkThrough, withAdditions } from './walk-through.js';

const PATH = 'libs/nestjs/src/drain/drain-options.ts';
const section = walkThrough('Add an option');
const source = readFileSync(join(root, PATH), 'utf8');

describe('The walk-through of an option, followed', () => {
  it('compiles', () => {
    const changed = withAdditions(section, source);
    expect(changed).toContain('readonly noticeMs?: number;');
    expect(diagnostics({ [`../../${PATH}`]: changed })).toEqual([]);
  });

  it('is refused by the compiler without the row of the table', () => {
    const [, member = ''] = section.split('```diff');
    const onlyMember = withAdditions(`\`\`\`diff${member}`, source);
    expect(onlyMember).toContain('readonly noticeMs?: number;');
    expect(diagnostics({ [`../../${PATH}`]: onlyMember }).join()).toContain('noticeMs');
  });

  it('touches at most three folders', () => {
    expect(foldersOf(section).length).toBeLessThanOrEqual(3);
  });
});
