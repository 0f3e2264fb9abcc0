import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A folder that exists only in the compiler's mind. */
const samples = join(root, 'test/readme-samples');

/** Code of a sample's neighbours that the README does not show. */
const unseen = {
  'greeter/greeter.controller.ts': 'export class GreeterController {}',
  'gateway/app.module.ts': 'export class AppModule {}',
};

/** Blocks marked `ts` whose first line names their file. */
function tsBlocks(markdown: string): Record<string, string> {
  const blocks = [...markdown.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)];
  return Object.fromEntries(blocks.map(([, name = '', code = '']) => [name, code]));
}

function diagnostics(files: Record<string, string>): string[] {
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

describe('README.md', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = tsBlocks(readme);

  it('has the samples of a service and a client on its first screen', () => {
    expect(Object.keys(blocks).slice(0, 4)).toEqual([
      'greeter/app.module.ts',
      'greeter/main.ts',
      'gateway/greeter.client.ts',
      'gateway/gateway.module.ts',
    ]);
  });

  it('names the file of every sample, so that every sample is compiled', () => {
    expect(readme.match(/^```ts$/gm)).toHaveLength(Object.keys(blocks).length);
  });

  it('shows a spec of the gateway that runs as it stands', () => {
    const spec = readFileSync(join(root, 'apps/gateway/src/greeter.client.spec.ts'), 'utf8');
    expect(blocks['gateway/greeter.client.spec.ts']).toBe(spec);
  });

  it('shows samples that compile as they stand', () => {
    expect(diagnostics({ ...unseen, ...blocks })).toEqual([]);
  });

  it('would tell of a sample that does not compile', () => {
    const broken = { 'broken.ts': "import { nothing } from '@grpc-discovery/nestjs';\nnothing();" };
    expect(diagnostics(broken)).toEqual([expect.stringContaining("no exported member 'nothing'")]);
  });
});
