import { ForeignFileError } from '../errors.js';
import type { Files } from '../files.js';
import { contractFile } from './contract-file.js';
import { sourceOf } from './contract-header.js';
import type { Contract } from './contract.js';

/** Regenerates the TypeScript of a contract. @throws ForeignFileError for a file that was not generated */
export function writeContract(
  files: Files,
  path: string,
  contract: Contract,
  constant: string,
): void {
  const text = files.read(path);
  if (text !== undefined && !sourceOf(text)) throw new ForeignFileError(path);
  files.write(path, contractFile(contract, constant));
}
