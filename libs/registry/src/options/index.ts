export { show } from '../errors/show.js';
export { nearest } from './nearest.js';
export {
  as,
  assertKnown,
  optional,
  readOptions,
  refuse,
  required,
  withDefault,
  type Option,
  type OptionPlace,
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
  oneOf,
  secret,
  text,
  texts,
} from './rules.js';
