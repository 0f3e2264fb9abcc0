import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addClient, type Files } from '@grpc-discovery/schematics';
import type { PackageDefinition } from '@grpc/proto-loader';
import ts from 'typescript';
import { root } from '../markdown-samples.js';
import type { Shape } from './shapes.js';

export const protos = join(root, 'test/contracts');

/** A workspace with the contracts of this folder; what is made goes into another one. */
class Shop implements Files {
  readonly made = new Map<string, string>([
    ['package.json', '{ "type": "module" }'],
    ['src/app.module.ts', '@Module({}) export class AppModule {}'],
  ]);

  read(path: string): string | undefined {
    try {
      return this.made.get(path) ?? readFileSync(join(protos, path), 'utf8');
    } catch {
      return undefined;
    }
  }

  write(path: string, text: string): void {
    this.made.set(path, text);
  }

  list() {
    return { files: [], folders: [] };
  }
}

export interface GeneratedContract {
  readonly package: string;
  readonly packageDefinition: PackageDefinition;
}

export const nameOf = ({ proto }: Shape) => proto.split('/').at(-1)!;

/** The contract and the client of a shape, as the schematic writes them. */
export function generated(shape: Shape): { readonly contract: string; readonly client: string } {
  const files = new Shop();
  const name = nameOf(shape);
  addClient(files, { name, path: `${shape.proto}.proto`, include: shape.include ?? [] });
  return {
    contract: files.read(`src/clients/${name}.contract.ts`)!,
    client: files.read(`src/clients/${name}.client.ts`)!,
  };
}

/** The constant of a contract's file, compiled beside it. */
export async function importContract(path: string): Promise<GeneratedContract> {
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  const compiled = path.replace(/\.ts$/, '.mjs');
  writeFileSync(compiled, outputText);
  const exports = (await import(pathToFileURL(compiled).href)) as Record<string, GeneratedContract>;
  const [contract] = Object.values(exports);
  return contract!;
}
