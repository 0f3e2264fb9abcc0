import { InvalidOptionError } from '../errors/invalid-option-error.js';
import { printable } from '../errors/text.js';
import { show } from '../errors/text.js';
import { nearest } from './nearest.js';

type ErrorClass = new (
  option: string,
  expected: string,
  given: string,
  remedy: string,
) => InvalidOptionError;

/** The position of a value, and the class of its errors. */
export interface OptionPlace {
  /** `drain.graceMs` */
  readonly path: string;
  readonly error: ErrorClass;
}

/** Returns the value to use, or throws the error of {@link refuse}. */
export type Rule<T> = (value: unknown, place: OptionPlace) => T;

/** One option: its meaning, its rule and its default. */
export interface Option<T> {
  readonly doc: string;
  readonly rule: Rule<T>;
  /** Returns the default, or throws for an option that is required. */
  readonly absent: (place: OptionPlace) => T;
}

/** All options of a block, by name. */
export type OptionTable<Options> = { readonly [Name in keyof Required<Options>]: Option<unknown> };

type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never;
};

export function withDefault<T>(rule: Rule<T>, value: T, doc: string): Option<T> {
  return { doc, rule, absent: () => value };
}

export function optional<T>(rule: Rule<T>, doc: string): Option<T | undefined> {
  return { doc, rule, absent: () => undefined };
}

export function required<T>(rule: Rule<T>, doc: string): Option<T> {
  return { doc, rule, absent: (place) => rule(undefined, place) };
}

/** A rule whose errors have their own class. */
export function withError<T>(error: ErrorClass, rule: Rule<T>): Rule<T> {
  return (value, place) => rule(value, { ...place, error });
}

/**
 * Checks a block of options, refuses names that its table does not have, and fills in the defaults.
 * @param at Prefix of the names in messages: `drain`; '' for none.
 * @throws InvalidOptionError, of the given class
 */
export function readOptions<Table extends Readonly<Record<string, Option<unknown>>>>(
  table: Table,
  given: unknown,
  at: string,
  error: ErrorClass = InvalidOptionError,
): ValuesOf<Table> {
  const options = object(given, { path: at || 'the options', error });
  const prefix = at === '' ? '' : `${at}.`;
  assertKnown(Object.keys(table), options, prefix, error);
  const values = Object.entries(table).map(([name, { rule, absent }]) => {
    const place = { path: `${prefix}${name}`, error };
    const value = options[name];
    return [name, value === undefined ? absent(place) : rule(value, place)];
  });
  return Object.fromEntries(values) as ValuesOf<Table>;
}

export function refuse(
  { path, error }: OptionPlace,
  expected: string,
  given: unknown,
  remedy = 'Leave it out for the default.',
): InvalidOptionError {
  return new error(path, expected, show(given), remedy);
}

/** @throws InvalidOptionError for an unknown option. */
export function assertKnown(
  known: readonly string[],
  options: object,
  prefix: string,
  error: ErrorClass = InvalidOptionError,
): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  const remedy = meant === undefined ? 'Correct or remove it.' : `Did you mean "${meant}"?`;
  const expected = `one of ${known.join(', ')}`;
  throw new error(`${prefix}${printable(unknown.slice(0, 80))}`, expected, 'unknown', remedy);
}

function object(given: unknown, place: OptionPlace): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return given as Readonly<Record<string, unknown>>;
  }
  // A string in place of a block may be a url with a password.
  const kind = typeof given === 'string' ? 'a text' : show(given);
  throw new place.error(place.path, 'an object', kind, 'Give {} for the defaults.');
}
