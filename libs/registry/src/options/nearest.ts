import { distance } from 'fastest-levenshtein';

/** Of the known names, the one that was probably meant: a few letters away, whatever the case; undefined when none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const most = Math.ceil(name.length * 0.4);
  let best: { readonly name: string; readonly far: number } | undefined;
  for (const candidate of known) {
    const far = distance(name.toLowerCase(), candidate.toLowerCase());
    if (far <= most && (!best || far < best.far)) best = { name: candidate, far };
  }
  return best?.name;
}
