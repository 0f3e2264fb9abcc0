import { InvalidOptionError } from '../errors/registry-errors.js';
import { printable, show } from '../errors/text.js';
import { distance } from 'fastest-levenshtein';

/**
 * Returns the value to use, or throws the error of {@link refuse}.
 * @param path Name of the option in messages: `drain.graceMs`.
 */
export type Rule<T> = (value: unknown, path: string) => T;

/** One option: its meaning, its rule and its default. */
export interface Option<T> {
  readonly doc: string;
  readonly rule: Rule<T>;
  /** Returns the default, or throws for an option that is required. */
  readonly absent: (path: string) => T;
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
  return { doc, rule, absent: (path) => rule(undefined, path) };
}

/**
 * Checks a block of options, refuses names that its table does not have, and fills in the defaults.
 * @param at Prefix of the names in messages: `drain`; '' for none; a subject ends in a space: `GreeterClient `.
 * @throws InvalidOptionError
 */
export function readOptions<Table extends Readonly<Record<string, Option<unknown>>>>(
  table: Table,
  given: unknown,
  at: string,
): ValuesOf<Table> {
  const isSubject = at === '' || at.endsWith(' ');
  const options = object(given, isSubject ? `${at}the options` : at);
  const prefix = isSubject ? at : `${at}.`;
  assertKnown(Object.keys(table), options, prefix);
  const values = Object.entries(table).map(([name, { rule, absent }]) => {
    const path = `${prefix}${name}`;
    const value = options[name];
    return [name, value === undefined ? absent(path) : rule(value, path)];
  });
  return Object.fromEntries(values) as ValuesOf<Table>;
}

export function refuse(
  path: string,
  expected: string,
  given: unknown,
  remedy = 'Leave it out for the default.',
): InvalidOptionError {
  return new InvalidOptionError(path, expected, show(given), remedy);
}

/** @throws InvalidOptionError for an unknown option. */
export function assertKnown(known: readonly string[], options: object, prefix: string): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  const remedy = meant === undefined ? 'Correct or remove it.' : `Did you mean "${meant}"?`;
  const expected = `one of ${known.join(', ')}`;
  throw new InvalidOptionError(
    `${prefix}${printable(unknown.slice(0, 80))}`,
    expected,
    'unknown',
    remedy,
  );
}

function object(given: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return given as Readonly<Record<string, unknown>>;
  }
  // A string in place of a block may be a url with a password.
  const kind = typeof given === 'string' ? 'a text' : show(given);
  throw new InvalidOptionError(path, 'an object', kind, 'Give {} for the defaults.');
}

/** Maximum number of suggestions. */
const MOST_NAMES = 3;
/** Maximum difference of a suggestion, as a share of the letters of the longer name. */
const MOST_DIFFERENCE = 0.4;
/** Shorter parts occur in too many names by chance. */
const LEAST_PART = 3;

/** The known names most similar to the given one, best first, ignoring case. */
export function nearestNames(wanted: string, known: readonly string[]): string[] {
  const lower = wanted.toLowerCase();
  return known
    .map((name) => ({ name, far: difference(lower, name.toLowerCase()) }))
    .filter(({ far }) => far < Infinity)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ name }) => name);
}

/** The most similar known name; undefined if none is similar enough. */
export function nearest(wanted: string, known: readonly string[]): string | undefined {
  return nearestNames(wanted, known)[0];
}

/** In letters. A name that contains the other one, or has its letters in another order, is only just near enough. */
function difference(wanted: string, name: string): number {
  const most = Math.max(wanted.length, name.length) * MOST_DIFFERENCE;
  const letters = distance(wanted, name);
  if (letters <= most) return letters;
  const isPart = (part: string, whole: string) => part.length >= LEAST_PART && whole.includes(part);
  const isNear = isPart(wanted, name) || isPart(name, wanted) || sorted(wanted) === sorted(name);
  return isNear ? most : Infinity;
}

function sorted(name: string): string {
  return [...name].sort().join('');
}
