import ts from 'typescript';
import { UnreadableFileError } from '../errors.js';
import type { Files } from '../files.js';

/** The parsed code of a file. @throws UnreadableFileError if it is missing, or not TypeScript */
export function parseFile(files: Files, path: string): ts.SourceFile {
  const text = files.read(path);
  if (text === undefined) throw new UnreadableFileError(path, 'does not exist');
  const { diagnostics = [] } = ts.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { experimentalDecorators: true, target: ts.ScriptTarget.ESNext },
  });
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const [fault] = diagnostics.filter(
    (it) => it.category === ts.DiagnosticCategory.Error && it.file,
  );
  if (fault) {
    const { line } = source.getLineAndCharacterOfPosition(fault.start ?? 0);
    const reason = ts.flattenDiagnosticMessageText(fault.messageText, ' ');
    throw new UnreadableFileError(path, `is no TypeScript: line ${line + 1}: ${reason}`);
  }
  return source;
}
