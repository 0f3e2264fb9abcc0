import { InvalidOptionError } from '../errors/registry-errors.js';
import { readOptions, refuse, type Option, type Rule } from './option-table.js';

/** Maximum delay of a timer of Node in milliseconds, about 24.8 days. A longer one fires at once. */
const MAX_DURATION_MS = 2_147_483_647;

export function integer(least: number, most: number, remedy?: string): Rule<number> {
  return (value, path) => {
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value);
    }
    throw refuse(path, `an integer from ${least} to ${most}`, value, remedy);
  };
}

/** Milliseconds for a timer or a deadline. */
export function durationMs(least = 1, remedy?: string): Rule<number> {
  return (value, path) => {
    if (typeof value === 'number' && value >= least && value <= MAX_DURATION_MS) return value;
    const expected = `a number of milliseconds from ${least} to ${MAX_DURATION_MS}`;
    throw refuse(path, expected, value, remedy);
  };
}

export function flag(remedy?: string): Rule<boolean> {
  return (value, path) => {
    if (typeof value === 'boolean') return value;
    throw refuse(path, 'true or false', value, remedy);
  };
}

/** A text that may be empty. */
export function text(remedy?: string): Rule<string> {
  return (value, path) => {
    if (typeof value === 'string') return value;
    throw refuse(path, 'a text', value, remedy);
  };
}

export function filledText(remedy?: string): Rule<string> {
  return (value, path) => {
    if (typeof value === 'string' && value.trim() !== '') return value;
    throw refuse(path, 'a text that is not empty', value, remedy);
  };
}

/** A text that errors never show. */
export function secret(remedy: string): Rule<string> {
  return (value, path) => {
    if (typeof value === 'string' && value !== '') return value;
    const given = value === '' ? 'empty' : kindOf(value);
    throw new InvalidOptionError(path, 'a text that is not empty', given, remedy);
  };
}

export function oneOf<const T extends string>(values: readonly T[], remedy?: string): Rule<T> {
  return (value, path) => {
    if (values.includes(value as T)) return value as T;
    const expected = values.map((it) => `"${it}"`).join(' or ');
    throw refuse(path, expected, value, remedy);
  };
}

/** An object of texts: labels, headers. */
export function texts(remedy?: string): Rule<Readonly<Record<string, string>>> {
  return (value, path) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const values: unknown[] = isObject ? Object.values(value) : [undefined];
    if (values.every((it) => typeof it === 'string')) return value as Record<string, string>;
    throw refuse(path, 'an object of texts', value, remedy);
  };
}

export function arrayOf<T>(rule: Rule<T>, remedy?: string): Rule<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw refuse(path, 'an array', value, remedy);
    return value.map((it, i) => rule(it, `${path}[${i}]`));
  };
}

/** An object that a table can't describe, recognised by its methods. Errors never show it. */
export function anObject<T extends object>(
  what: string,
  can: readonly (keyof T & string)[],
  remedy = 'Leave it out for the default.',
): Rule<T> {
  return (value, path) => {
    const methods = (value ?? {}) as Readonly<Record<string, unknown>>;
    const isObject = typeof value === 'object' || typeof value === 'function';
    if (isObject && value !== null && can.every((it) => typeof methods[it] === 'function')) {
      return value as T;
    }
    throw new InvalidOptionError(path, what, kindOf(value), remedy);
  };
}

export function aFunction<T extends (...args: never[]) => unknown>(remedy?: string): Rule<T> {
  return (value, path) => {
    if (typeof value === 'function') return value as T;
    throw refuse(path, 'a function', value, remedy);
  };
}

/** The kind of a value that must not be shown. */
export function kindOf(value: unknown): string {
  return value === undefined || value === null ? String(value) : `of type ${typeof value}`;
}

/** A block of options within another one. */
export function block<Table extends Readonly<Record<string, Option<unknown>>>>(
  table: Table,
): Rule<ReturnType<typeof readOptions<Table>>> {
  return (value, path) => readOptions(table, value, path);
}
