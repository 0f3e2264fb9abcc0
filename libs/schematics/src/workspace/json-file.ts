import { applyEdits, modify, parse, type JSONPath } from 'jsonc-parser';
import type { Files } from '../files.js';

/** The JSON in a file, which may have comments; undefined for a file that is not there. */
export function readJson<T>(files: Files, path: string): Partial<T> | undefined {
  const text = files.read(path);
  return text === undefined ? undefined : ((parse(text) ?? {}) as Partial<T>);
}

/** Sets a value in a JSON file and keeps its comments. */
export function setJson(files: Files, path: string, at: JSONPath, value: unknown): void {
  const text = files.read(path) ?? '{}\n';
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  files.write(path, applyEdits(text, modify(text, at, value, { formattingOptions })));
}
