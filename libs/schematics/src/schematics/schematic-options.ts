import { MissingNameError, UnknownOptionError } from '../errors.js';

/** The options that the Nest CLI passes to every schematic. */
const OF_THE_CLI = new Set([
  'collection',
  'flat',
  'format',
  'language',
  'skipImport',
  'sourceRoot',
  'spec',
  'specFileSuffix',
]);

/** @throws UnknownOptionError */
export function assertKnown(schematic: string, options: object, known: readonly string[]): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || known.includes(option) || OF_THE_CLI.has(option)) continue;
    throw new UnknownOptionError(schematic, kebabOf(option), known.map(kebabOf));
  }
}

/** @throws MissingNameError */
export function assertNamed(schematic: string, { name }: { readonly name?: string }): void {
  if (name === undefined) throw new MissingNameError(schematic);
}

function kebabOf(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
