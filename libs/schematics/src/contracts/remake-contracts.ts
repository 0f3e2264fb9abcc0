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
  /** Only contracts of this application of a monorepo. @default all contracts of the workspace */
  readonly project?: string | undefined;
}

/**
 * Regenerates the TypeScript of all contracts from their .proto files. If one is invalid, nothing is written.
 * @returns the changes and the remaining steps, one line each
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
  /** Undefined for an unchanged file. */
  readonly text?: string;
  readonly lines: readonly string[];
}

function remade(files: Files, path: string, common: readonly string[], faults: Error[]): Remade {
  const before = files.read(path) ?? '';
  const source = sourceOf(before);
  if (!source) {
    const line = `${path} is unchanged: its first line is not "// Generated from …", so it was not generated from a .proto file.`;
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

/** Rpcs that the client beside a contract lacks. The schematic does not change the client's file: you own it. */
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
