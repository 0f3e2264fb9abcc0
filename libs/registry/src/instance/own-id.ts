import { randomUUID } from 'node:crypto';

const OWN_ID = /^(.+)~[0-9a-f]{8}$/;
/** With the mark and eight digits, an id has at most 128 characters. */
const MAX_WANTED = 119;

/** An id that no other process has: the one that was wanted, with `~` and eight hex digits. */
export function ownIdFor(id: string): string {
  return `${(wantedId(id) ?? id).slice(0, MAX_WANTED)}~${randomUUID().slice(0, 8)}`;
}

/** The id that an instance gave up, as a process that started later uses it; undefined for one that has the id it wanted. */
export function wantedId(id: string): string | undefined {
  return OWN_ID.exec(id)?.[1];
}
