import { callableMethods, callableServices, callProperty } from '../client/client-files.js';
import { contractFile } from '../contract/contract-file.js';
import { sourceOf } from '../contract/contract-header.js';
import { readContract, type Contract } from '../contract/contract.js';
import { workspaceIncludes } from '../contract/includes.js';
import {
  InvalidContractError,
  InvalidContractsError,
  UnsupportedWorkspaceError,
} from '../errors.js';
import { filesUnder, type Files } from '../files.js';
import { camelOf } from '../names.js';
import { sourceRootOf } from '../workspace/application.js';
import { contractChanges } from './contract-changes.js';

const CONTRACT_FILE = /([^/]+)\.contract\.ts$/;

export interface ContractsChange {
  /** Only those of one application, in a monorepo. @default all of the workspace */
  readonly project?: string | undefined;
}

/**
 * Makes the TypeScript of all contracts anew from their .proto files. Nothing is written when one of those can't be used.
 * @returns what changed, and what remains to be done, one line each
 * @throws InvalidContractError, InvalidContractsError, UnsupportedWorkspaceError
 */
export function remakeContracts(files: Files, { project }: ContractsChange): string[] {
  const folder = project === undefined ? '' : sourceRootOf(files, { project });
  const paths = [...filesUnder(files, folder)].filter((path) => CONTRACT_FILE.test(path));
  if (paths.length === 0) {
    throw new UnsupportedWorkspaceError(
      `There is no *.contract.ts ${folder === '' ? 'in this workspace' : `in ${folder}`}: the schematics grpc-service and ` +
        'grpc-client make the first ones.',
    );
  }
  const common = workspaceIncludes(files);
  const faults: Error[] = [];
  const made = paths.map((path) => remade(files, path, common, faults));
  const [fault] = faults;
  if (fault) throw faults.length === 1 ? fault : new InvalidContractsError(faults);
  for (const { path, text } of made) if (text !== undefined) files.write(path, text);
  return made.flatMap(({ lines }) => lines);
}

interface Remade {
  readonly path: string;
  /** Undefined for a file that stays as it is. */
  readonly text?: string;
  readonly lines: readonly string[];
}

function remade(files: Files, path: string, common: readonly string[], faults: Error[]): Remade {
  const before = files.read(path) ?? '';
  const source = sourceOf(before);
  if (!source) {
    const line = `${path} is left as it is: its first line does not say "// Made from …", so that it was not made from a .proto here.`;
    return { path, lines: [line] };
  }
  try {
    const contract = readContract(files, source, common);
    const [, name = ''] = CONTRACT_FILE.exec(path) ?? [];
    const text = contractFile(contract, `${camelOf(name)}Contract`);
    const missing = missingCalls(files, path, contract);
    if (text === before) return { path, lines: missing };
    return { path, text, lines: [`${path}: ${contractChanges(before, text)}.`, ...missing] };
  } catch (error) {
    if (!(error instanceof InvalidContractError)) throw error;
    faults.push(error);
    return { path, lines: [] };
  }
}

/** Rpcs that the client beside a contract does not have yet. Its file is its owner's: it is not changed. */
function missingCalls(files: Files, path: string, contract: Contract): string[] {
  const clientPath = path.replace(/\.contract\.ts$/, '.client.ts');
  const client = files.read(clientPath);
  if (client === undefined) return [];
  return callableServices(contract)
    .flatMap(callableMethods)
    .filter(({ property }) => !new RegExp(`\\b${property}\\b`).test(client))
    .map((method) => {
      const property = callProperty(method).replace(/\s+/g, ' ');
      return `${clientPath} has no property for the rpc ${method.name}: add "${property}" where it is wanted.`;
    });
}
