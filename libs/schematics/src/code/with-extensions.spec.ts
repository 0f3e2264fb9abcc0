import { expect, it } from '@jest/globals';
import { MemoryFiles } from '../spec/memory-files.js';
import { withExtensions } from './with-extensions.js';

it.each([
  ["import { A } from './a';", "import { A } from './a.js';"],
  ["import type { A } from '../src/a';", "import type { A } from '../src/a.js';"],
  ["export * from './a';", "export * from './a.js';"],
  ["import './folder';", "import './folder/index.js';"],
  ["import { A } from './a.js';", "import { A } from './a.js';"],
  ["import { A } from './none';", "import { A } from './none';"],
  ["import { Module } from '@nestjs/common';", "import { Module } from '@nestjs/common';"],
])('gives relative imports the names of files: %s', (line, expected) => {
  const text = (it: string) => `import { x } from 'x';\n${it}\nimport { B } from './b.js';\n`;
  const files = new MemoryFiles({
    'src/a.ts': '',
    'src/folder/index.ts': '',
    'src/m.ts': text(line),
  });
  expect(withExtensions(files, 'src/m.ts')).toBe(text(expected));
});
