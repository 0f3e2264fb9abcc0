export { counted } from '../errors/text.js';
export { show } from '../errors/text.js';
export { nearest, nearestNames } from './option-table.js';
export {
  assertKnown,
  optional,
  readOptions,
  refuse,
  required,
  withDefault,
  type Option,
  type OptionTable,
  type Rule,
} from './option-table.js';
export {
  aFunction,
  anObject,
  arrayOf,
  block,
  durationMs,
  filledText,
  flag,
  integer,
  kindOf,
  oneOf,
  text,
  texts,
} from './rules.js';
