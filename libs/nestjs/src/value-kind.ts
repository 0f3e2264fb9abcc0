import { printable } from '@grpc-discovery/registry';
import { isNativeError, isProxy } from 'node:util/types';

/** Longer names are cut. */
const LONGEST_NAME = 60;
const LONGEST_REASON = 300;

/**
 * Describes the kind of a foreign value without its content: `a Response`, `an array`. Never throws, whatever the value does
 * when it is read.
 */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return 'a text';
  if (typeof value !== 'object') return withArticle(typeof value);
  // Reading a property of a proxy would run its code.
  if (isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return 'an array';
  return withArticle(className(value) ?? 'object');
}

/** Describes a thrown value by its class or its kind: `TypeError`, `a text`. */
export function thrownKind(error: unknown): string {
  return isNativeError(error) ? (className(error) ?? 'Error') : kindOf(error);
}

/** The reason of a failure in a printable form: short, and on one line. */
export function reason(error: unknown): string {
  const message = attempt(() => (isNativeError(error) ? String(error.message) : undefined));
  return message ? printable(message.slice(0, LONGEST_REASON)) : thrownKind(error);
}

/** The printable name of a function; undefined if it has none. */
export function functionName(value: object): string | undefined {
  return attempt(() => shownName(isProxy(value) ? undefined : Reflect.get(value, 'name')));
}

/** Whether an object is a plain object, of any realm. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return !isProxy(prototype) && !Array.isArray(value) && Object.getPrototypeOf(prototype) === null;
}

/** A foreign name in a printable form; undefined for anything else. */
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
