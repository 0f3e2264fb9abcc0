import ts from 'typescript';
import { UnreadableModuleError } from '../errors.js';
import type { Files } from '../files.js';

/** A thing that a module imports, and where its name comes from. */
export interface ModuleImport {
  /** As it stands in the module's `imports`: `DiscoveryModule.forFeature([OrdersClient])`. */
  readonly expression: string;
  /** Names by module path. */
  readonly from: Readonly<Record<string, string>>;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

/**
 * Adds to the `imports` of the class with `@Module` in a file; nothing where the expression is there already.
 * @throws UnreadableModuleError
 */
export function addModuleImport(
  files: Files,
  path: string,
  { expression, from }: ModuleImport,
): void {
  const text = files.read(path);
  const source = ts.createSourceFile(path, text ?? '', ts.ScriptTarget.Latest, true);
  const options = moduleOptions(source);
  if (text === undefined || !options) throw new UnreadableModuleError(path, expression);
  if (source.text.includes(expression)) return;
  const insertions = [
    intoImports(source, options, path, expression),
    ...Object.entries(from).flatMap(([specifier, name]) => importOf(source, specifier, name)),
  ];
  const changed = insertions
    .sort((one, other) => other.at - one.at)
    .reduce((result, { at, text: added }) => result.slice(0, at) + added + result.slice(at), text);
  files.write(path, changed);
}

function moduleOptions(source: ts.SourceFile): ts.ObjectLiteralExpression | undefined {
  const decorators = source.statements
    .filter(ts.isClassDeclaration)
    .flatMap((it) => ts.getDecorators(it) ?? []);
  const calls = decorators.map(({ expression }) => expression).filter(ts.isCallExpression);
  const call = calls.find(({ expression }) => expression.getText() === 'Module');
  const options = call?.arguments[0];
  return options && ts.isObjectLiteralExpression(options) ? options : undefined;
}

function intoImports(
  source: ts.SourceFile,
  options: ts.ObjectLiteralExpression,
  path: string,
  expression: string,
): Insertion {
  const property = options.properties.find((it) => it.name?.getText() === 'imports');
  if (!property) {
    return { at: options.getStart() + 1, text: `\n  imports: [\n    ${expression},\n  ],` };
  }
  const list = ts.isPropertyAssignment(property) ? property.initializer : undefined;
  if (!list || !ts.isArrayLiteralExpression(list)) {
    throw new UnreadableModuleError(path, expression);
  }
  const last = list.elements.at(-1);
  if (last) {
    const isOnLines = list.getText().includes('\n');
    const separator = isOnLines ? `,\n${indentAt(source, last)}` : ', ';
    return { at: last.getEnd(), text: separator + expression };
  }
  const indent = indentAt(source, property);
  const isOnLines = options.getText().includes('\n');
  const text = isOnLines ? `\n${indent}  ${expression},\n${indent}` : expression;
  return { at: list.getStart() + 1, text };
}

/** White space before a node on its line, if there is nothing else. */
function indentAt(source: ts.SourceFile, node: ts.Node): string {
  return /(?<=\n)[ \t]*$/.exec(source.text.slice(0, node.getStart()))?.[0] ?? '';
}

function importOf(source: ts.SourceFile, specifier: string, name: string): Insertion[] {
  const declared = source.statements
    .filter(ts.isImportDeclaration)
    .map(({ importClause }) => importClause?.namedBindings)
    .flatMap((bindings) => (bindings && ts.isNamedImports(bindings) ? bindings.elements : []));
  if (declared.some((element) => element.name.text === name)) return [];
  const last = source.statements.filter(ts.isImportDeclaration).at(-1);
  const text = `import { ${name} } from '${specifier}';`;
  return [last ? { at: last.getEnd(), text: `\n${text}` } : { at: 0, text: `${text}\n` }];
}
