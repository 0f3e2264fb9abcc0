import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError } from './errors/registry-errors.js';
import { DEFAULT_LIMITS, limitsTable } from './limits.js';
import { readOptions } from './options/option-table.js';

const read = (limits: object) => readOptions(limitsTable, limits, 'limits');

describe('Limits', () => {
  it('fill in the defaults', () => {
    expect(read({})).toEqual(DEFAULT_LIMITS);
    expect(read({ metadataEntries: 0 })).toEqual({
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
  ])('refuse %s of %p', (name, value) => {
    const normalize = () => read({ [name]: value });
    expect(normalize).toThrow(InvalidOptionError);
    expect(normalize).toThrow(`limits.${name} must be`);
  });
});
