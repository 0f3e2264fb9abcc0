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
 * The object in a JSON file, which may have comments; undefined if the file does not exist.
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

/** Sets a value in a JSON file and keeps its comments. @throws UnreadableFileError if the file has no place for it */
export function setJson(
  files: Files,
  path: string,
  at: readonly (string | number)[],
  value: unknown,
): void {
  const text = files.read(path) ?? '{}\n';
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  const [place, content] = placeFor(path, parse(text), at, value);
  files.write(path, applyEdits(text, modify(text, place, content, { formattingOptions })));
}

/** A null is replaced by the value. */
function placeFor(
  path: string,
  json: unknown,
  at: readonly (string | number)[],
  value: unknown,
): [JSONPath, unknown] {
  let parent = json;
  for (const [index, key] of at.slice(0, -1).entries()) {
    parent = (parent as Readonly<Record<string | number, unknown>>)[key];
    const place = at.slice(0, index + 1);
    if (parent === undefined) break;
    if (parent === null) {
      return [place, at.slice(index + 1).reduceRight((inner, it) => ({ [it]: inner }), value)];
    }
    if (typeof parent !== 'object') {
      const reality = `should have an object at "${place.join('.')}", has ${JSON.stringify(parent)}`;
      throw new UnreadableFileError(path, reality);
    }
  }
  return [[...at], value];
}
