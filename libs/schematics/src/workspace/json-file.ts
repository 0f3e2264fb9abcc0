import {
  applyEdits,
  modify,
  parse,
  printParseErrorCode,
  type JSONPath,
  type ParseError,
} from 'jsonc-parser';
import { UnreadableFileError } from '../errors.js';
import type { Files } from '../files.js';

/**
 * The object in a JSON file, which may have comments; undefined for a file that is not there.
 * @throws UnreadableFileError
 */
export function readJson<T>(files: Files, path: string): Partial<T> | undefined {
  const text = files.read(path)?.replace(/^\uFEFF/, '');
  if (text === undefined) return undefined;
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) {
    const line = text.slice(0, error.offset).split('\n').length;
    throw new UnreadableFileError(
      path,
      `is no JSON: line ${line}: ${printParseErrorCode(error.error)}`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value;
  }
  throw new UnreadableFileError(path, `should have a JSON object, has ${JSON.stringify(value)}`);
}

/** Sets a value in a JSON file and keeps its comments. */
export function setJson(files: Files, path: string, at: JSONPath, value: unknown): void {
  const text = files.read(path) ?? '{}\n';
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  files.write(path, applyEdits(text, modify(text, at, value, { formattingOptions })));
}
