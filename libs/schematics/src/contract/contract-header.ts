import type { ContractSource } from './contract.js';

const MADE_FROM = /^\/\/ Made from (.+): don't edit\./;
const INCLUDES = /^\/\/ Include folders: (.+)$/m;

/** Records what a file was generated from, for people and for the next run. */
export function contractHeader({ path, includes }: ContractSource): string {
  const folders = includes.length === 0 ? '' : `// Include folders: ${includes.join(', ')}\n`;
  return `// Made from ${path}: don't edit. All contracts of the workspace are made anew by
//   nest generate -c @grpc-discovery/schematics grpc-contracts
${folders}`;
}

/** What a file was made from; undefined for one that was not made here. */
export function sourceOf(text: string): ContractSource | undefined {
  const [, path] = MADE_FROM.exec(text) ?? [];
  if (path === undefined) return undefined;
  const [header = ''] = text.split('\nimport ');
  const includes = INCLUDES.exec(header)?.[1]?.split(', ') ?? [];
  return { path, includes };
}
