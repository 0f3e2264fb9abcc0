import type { ContractSource } from './contract.js';

/** Versions before 0.2 wrote "Made from". */
const GENERATED_FROM = /^\/\/ (?:Generated|Made) from (.+): don't edit\./;
const INCLUDES = /^\/\/ Include folders: (.+)$/m;

/** Records the source of a generated file, for readers and for the next run. */
export function contractHeader({ path, includes }: ContractSource): string {
  const folders = includes.length === 0 ? '' : `// Include folders: ${includes.join(', ')}\n`;
  return `// Generated from ${path}: don't edit. To regenerate all contracts of the workspace, run
//   nest generate -c @grpc-discovery/schematics grpc-contracts
${folders}`;
}

/** The source of a generated file; undefined for any other file. */
export function sourceOf(text: string): ContractSource | undefined {
  const [, path] = GENERATED_FROM.exec(text) ?? [];
  if (path === undefined) return undefined;
  const [header = ''] = text.split('\nimport ');
  const includes = INCLUDES.exec(header)?.[1]?.split(', ') ?? [];
  return { path, includes };
}
