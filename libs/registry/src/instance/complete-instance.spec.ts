import { describe, expect, it } from '@jest/globals';
import { ownIdFor, wantedId } from './complete-instance.js';

describe('an id of its own', () => {
  it.each(['greeter-1', 'a~b', 'x'.repeat(119)])('of %s contains the requested one', (id) => {
    expect(ownIdFor(id)).toMatch(/~[0-9a-f]{8}$/);
    expect(wantedId(ownIdFor(id))).toBe(id);
    expect(ownIdFor(id)).not.toBe(ownIdFor(id));
  });

  it('replaces the one that was taken before', () => {
    expect(wantedId(ownIdFor(ownIdFor('greeter-1')))).toBe('greeter-1');
  });

  it('is not longer than an id may be', () => {
    expect(ownIdFor('x'.repeat(128))).toHaveLength(128);
  });

  it.each(['greeter-1', 'a~b', '~12345678'])('is not what %s is', (id) => {
    expect(wantedId(id)).toBeUndefined();
  });
});
