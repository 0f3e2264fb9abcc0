import { printable } from './printable.js';

/** A value as it may stand in a message: short, on one line, strings quoted. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return printable(JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value));
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
