import { distance } from 'fastest-levenshtein';

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
