import ts from 'typescript';
import { UnreadableModuleError } from '../errors.js';
import type { Files } from '../files.js';
import { parseFile } from './parse-file.js';

/** A name that a module imports. */
export interface ImportedName {
  readonly name: string;
  readonly from: string;
  /** The alias to use if the name is taken. */
  readonly alias: string;
}

/** A module to import, and the imports that its expression needs. */
export interface ModuleImport {
  /** The expression for the module's `imports`, built from the local names. */
  readonly expression: (...locals: string[]) => string;
  readonly names: readonly ImportedName[];
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

/**
 * Adds an expression to the `imports` of the `@Module` class in a file, unless it is already there.
 * @throws UnreadableModuleError, UnreadableFileError
 */
export function addModuleImport(files: Files, path: string, change: ModuleImport): void {
  const source = parseFile(files, path);
  const imported = change.names.map((name) => localName(source, name));
  const expression = change.expression(...imported.map(({ local }) => local));
  const options = moduleOptions(source);
  if (!options) throw new UnreadableModuleError(path, expression);
  const { text } = source;
  if (withoutSpace(text).includes(withoutSpace(expression))) return;
  const insertions = [
    intoImports(source, options, path, expression),
    ...imported.flatMap(({ insertion }) => insertion ?? []),
  ];
  const changed = insertions
    .sort((one, other) => other.at - one.at)
    .reduce((result, { at, text: added }) => result.slice(0, at) + added + result.slice(at), text);
  files.write(path, changed);
}

/** The local name of an import in a file, and the edit that adds it if it is missing. */
export function localName(
  source: ts.SourceFile,
  { name, from, alias }: ImportedName,
): { readonly local: string; readonly insertion?: Insertion } {
  const declarations = source.statements.filter(ts.isImportDeclaration);
  const bindings = declarations.flatMap(bindingsOf);
  const known = bindings.find(
    (it) => it.from === from && it.name === name && !it.isTypeOnly && it.local !== undefined,
  );
  if (known) return { local: known.local };
  const isTaken = (it: string) =>
    bindings.some(({ local }) => local === it) || isDeclared(source, it);
  const local = [name, alias].find((it) => !isTaken(it)) ?? `${alias}_`;
  const last = declarations.at(-1);
  const text = `import { ${name === local ? name : `${name} as ${local}`} } from '${from}';`;
  const insertion = last ? { at: last.getEnd(), text: `\n${text}` } : { at: 0, text: `${text}\n` };
  return { local, insertion };
}

interface Binding {
  readonly from: string;
  readonly name: string;
  readonly local: string;
  readonly isTypeOnly: boolean;
}

function bindingsOf({ importClause, moduleSpecifier }: ts.ImportDeclaration): Binding[] {
  if (!importClause || !ts.isStringLiteral(moduleSpecifier)) return [];
  const from = moduleSpecifier.text;
  const { namedBindings } = importClause;
  const isType = importClause.isTypeOnly;
  const own = importClause.name
    ? [{ from, name: 'default', local: importClause.name.text, isTypeOnly: isType }]
    : [];
  if (!namedBindings) return own;
  if (ts.isNamespaceImport(namedBindings)) {
    return [...own, { from, name: '*', local: namedBindings.name.text, isTypeOnly: isType }];
  }
  const named = namedBindings.elements.map((it) => ({
    from,
    name: (it.propertyName ?? it.name).text,
    local: it.name.text,
    isTypeOnly: isType || it.isTypeOnly,
  }));
  return [...own, ...named];
}

function isDeclared(source: ts.SourceFile, name: string): boolean {
  return source.statements.some((it) => {
    if (ts.isVariableStatement(it)) {
      return it.declarationList.declarations.some((one) => one.name.getText() === name);
    }
    return (
      (ts.isClassDeclaration(it) || ts.isFunctionDeclaration(it) || ts.isEnumDeclaration(it)) &&
      it.name?.text === name
    );
  });
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

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
