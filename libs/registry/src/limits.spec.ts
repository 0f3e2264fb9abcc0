import { describe, expect, it } from '@jest/globals';
import { InvalidLimitError } from './errors/invalid-option-errors.js';
import { DEFAULT_LIMITS, normalizeLimits } from './limits.js';

describe('normalizeLimits', () => {
  it('fills in the defaults', () => {
    expect(normalizeLimits()).toEqual(DEFAULT_LIMITS);
    expect(normalizeLimits({ metadataEntries: 0 })).toEqual({
      ...DEFAULT_LIMITS,
      metadataEntries: 0,
    });
  });

  it.each([
    ['valueBytes', 1_023],
    ['valueBytes', 1_048_577],
    ['metadataEntries', -1],
    ['metadataEntries', 1.5],
    ['instancesPerService', 0],
    ['instancesPerService', Number.NaN],
    ['instancesPerService', '7'],
  ])('refuses %s of %p', (name, value) => {
    const normalize = () => normalizeLimits({ [name]: value });
    expect(normalize).toThrow(InvalidLimitError);
    expect(normalize).toThrow(`limits.${name} must be`);
  });
});
