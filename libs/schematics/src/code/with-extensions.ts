import { posix } from 'node:path';
import ts from 'typescript';
import type { Files } from '../files.js';

/** Adds extensions to the relative imports of a file, as ES modules require: `./a` becomes `./a.js` or `./a/index.js`. */
export function withExtensions(files: Files, path: string): string {
  const text = files.read(path) ?? '';
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return source.statements
    .filter((it) => ts.isImportDeclaration(it) || ts.isExportDeclaration(it))
    .flatMap(({ moduleSpecifier }) =>
      moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier] : [],
    )
    .reverse()
    .reduce((result, specifier) => {
      const extension = missingExtension(files, path, specifier.text);
      const at = specifier.getEnd() - 1;
      return result.slice(0, at) + extension + result.slice(at);
    }, text);
}

function missingExtension(files: Files, path: string, specifier: string): string {
  if (!/^\.{1,2}\//.test(specifier)) return '';
  const target = posix.join(posix.dirname(path), specifier);
  if (files.read(`${target}.ts`) !== undefined) return '.js';
  return files.read(`${target}/index.ts`) === undefined ? '' : '/index.js';
}
