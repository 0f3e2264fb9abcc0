import { nearestNames } from '@grpc-discovery/registry/options';

/** The most names to list. */
const MOST_NAMES = 3;

/** A question that ends a message, or the known names if none is similar; `''` without names. */
export function didYouMean(wanted: string, names: readonly string[], what: string): string {
  const near = nearestNames(wanted, names);
  if (near.length > 0) return ` Did you mean ${near.join(' or ')}?`;
  if (names.length === 0) return '';
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return ` ${what}: ${shown}${more}.`;
}
