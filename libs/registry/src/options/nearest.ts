import { distance } from 'fastest-levenshtein';

/** How many names are suggested at most. */
const MOST_NAMES = 3;
/** Largest difference of a suggestion, as a share of the letters. */
const MOST_DIFFERENCE = 0.4;
/** Shorter parts occur in too many names by chance. */
const LEAST_PART = 3;

/** The known names that were probably meant, the likeliest first. Case is ignored. */
export function nearestNames(wanted: string, known: readonly string[]): string[] {
  const lower = wanted.toLowerCase();
  return known
    .map((name) => ({ name, far: difference(lower, name.toLowerCase()) }))
    .filter(({ far }) => far <= MOST_DIFFERENCE)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ name }) => name);
}

/** The known name that was probably meant; undefined when none is near. */
export function nearest(wanted: string, known: readonly string[]): string | undefined {
  return nearestNames(wanted, known)[0];
}

function difference(wanted: string, name: string): number {
  const isPart = (part: string, whole: string) => part.length >= LEAST_PART && whole.includes(part);
  if (isPart(wanted, name) || isPart(name, wanted)) return MOST_DIFFERENCE;
  return distance(wanted, name) / Math.max(wanted.length, name.length, 1);
}
