import { expect, it } from '@jest/globals';
import { nearestNames } from './option-table.js';

const OPTIONS = ['connectTimeoutMs', 'timeoutMs', 'name', 'drain'];

it.each([
  ['timeoutMS', ['timeoutMs', 'connectTimeoutMs']],
  ['nmae', ['name']],
  ['drian', ['drain']],
  ['connect', ['connectTimeoutMs']],
  ['zzz', []],
  ['', []],
])('%s is near %j', (wanted, near) => {
  expect(nearestNames(wanted, OPTIONS)).toEqual(near);
});
