import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** A folder that exists only in the compiler's mind. */
const samples = join(root, 'test/samples');

/** Code by file name. */
export type Samples = Readonly<Record<string, string>>;

/** Blocks marked `ts` whose first line names their file. */
export function tsBlocks(markdown: string): Samples {
  const blocks = [...markdown.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)];
  return Object.fromEntries(blocks.map(([, name = '', code = '']) => [name, code]));
}

/** How many blocks are marked `ts`, named or not. */
export function countTsBlocks(markdown: string): number {
  return markdown.match(/^```ts$/gm)?.length ?? 0;
}

/** What the compiler objects to, with the settings of the workspace. */
export function diagnostics(files: Samples): string[] {
  const virtual = new Map(Object.entries(files).map(([name, code]) => [join(samples, name), code]));
  const folders = new Set([...virtual.keys()].map(dirname));
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.check.json'),
    { incremental: false, tsBuildInfoFile: undefined },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  if (!config) throw new Error('tsconfig.check.json can not be read');
  const host = ts.createCompilerHost(config.options);
  const program = ts.createProgram([...virtual.keys()], config.options, {
    ...host,
    fileExists: (path) => virtual.has(path) || host.fileExists(path),
    directoryExists: (path) => folders.has(path) || (host.directoryExists?.(path) ?? true),
    readFile: (path) => virtual.get(path) ?? host.readFile(path),
    getSourceFile: (path, language) => {
      const code = virtual.get(path);
      return code === undefined
        ? host.getSourceFile(path, language)
        : ts.createSourceFile(path, code, language);
    },
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    return `${file?.fileName.replace(`${samples}/`, '') ?? ''}: ${text}`;
  });
}

/**
 * Runs files one after the other in a process of their own, against the built packages.
 * @throws Error with what the process printed when one throws
 */
export async function runSamples(files: Samples): Promise<void> {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'samples-'));
  try {
    const imports = Object.entries(files).map(([name, code]) => {
      const path = join(folder, name.replace(/\.ts$/, '.mjs'));
      writeFileSync(path, transpiled(code));
      return `await import(${JSON.stringify(pathToFileURL(path).href)});`;
    });
    const run = ['--input-type=module', '--eval', `${imports.join('\n')}\nprocess.exit(0);`];
    await promisify(execFile)(process.execPath, run, { cwd: root, timeout: 90_000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** TypeScript as JavaScript. */
export function transpiled(code: string): string {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: false,
  };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
