import { printable } from '@grpc-discovery/registry';
import { isNativeError, isProxy } from 'node:util/types';

/** No name is shown beyond this. */
const LONGEST_NAME = 60;
const LONGEST_REASON = 300;

/**
 * Of which kind a value of others is, in words that show nothing of its content: `a Response`, `an array`. Throws never,
 * whatever the value does when it is looked at.
 */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return 'a text';
  if (typeof value !== 'object') return withArticle(typeof value);
  // Nothing of a proxy can be read without running it.
  if (isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return 'an array';
  return withArticle(className(value) ?? 'object');
}

/** What was thrown, by its class or its kind: `TypeError`, `a text`. */
export function thrownKind(error: unknown): string {
  return isNativeError(error) ? (className(error) ?? 'Error') : kindOf(error);
}

/** Why something has failed, as it may be shown: on one line, and short. */
export function reason(error: unknown): string {
  const message = attempt(() => (isNativeError(error) ? String(error.message) : undefined));
  return message ? printable(message.slice(0, LONGEST_REASON)) : thrownKind(error);
}

/** Of a function, as it may be shown; undefined where it has none. */
export function functionName(value: object): string | undefined {
  return attempt(() => shownName(isProxy(value) ? undefined : Reflect.get(value, 'name')));
}

/** Whether an object is no instance of a class, made in whatever realm. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return !isProxy(prototype) && !Array.isArray(value) && Object.getPrototypeOf(prototype) === null;
}

/** A foreign name, safe to show; undefined for anything else. */
export function shownName(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return undefined;
  const characters = name.slice(0, LONGEST_NAME + 1);
  return printable(
    characters.length > LONGEST_NAME ? `${characters.slice(0, LONGEST_NAME)}…` : name,
  );
}

function className(value: object): string | undefined {
  return attempt(() => {
    if (isPlainObject(value)) return undefined;
    const { constructor } = value;
    return typeof constructor === 'function' ? functionName(constructor) : undefined;
  });
}

function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
