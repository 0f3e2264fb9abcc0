import { distance } from 'fastest-levenshtein';

/** How many names are listed at most. */
const MOST_NAMES = 3;
/** A name that was meant differs in at most this part of its letters. */
const MOST_DIFFERENCE = 0.4;
/** Shorter ones stand in too many names by chance. */
const LEAST_PART = 3;

/** The names that may be meant by one that there is not, the likeliest first. */
export function nearestNames(wanted: string, names: readonly string[]): string[] {
  const lower = wanted.toLowerCase();
  return names
    .map((name) => ({ name, far: difference(lower, name.toLowerCase()) }))
    .filter(({ far }) => far <= MOST_DIFFERENCE)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ name }) => name);
}

/** A question that ends a message, or what there is where nothing is near; `''` without names. */
export function didYouMean(wanted: string, names: readonly string[], what: string): string {
  const near = nearestNames(wanted, names);
  if (near.length > 0) return ` Did you mean ${near.join(' or ')}?`;
  if (names.length === 0) return '';
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return ` ${what}: ${shown}${more}.`;
}

function difference(wanted: string, name: string): number {
  const isPart = (part: string, whole: string) => part.length >= LEAST_PART && whole.includes(part);
  if (isPart(wanted, name) || isPart(name, wanted)) return MOST_DIFFERENCE;
  return distance(wanted, name) / Math.max(wanted.length, name.length, 1);
}
