import ts from 'typescript';
import { parseFile } from '../code/parse-file.js';
import { localName } from '../code/add-module-import.js';
import type { Files } from '../files.js';

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const DISCOVERABLE = {
  name: 'discoverable',
  from: '@grpc-discovery/nestjs',
  alias: 'discoverableServer',
};

/**
 * Prepares the file that starts an application for registration and drain: enables shutdown hooks, and wraps the options of its
 * gRPC servers with `discoverable()`.
 * @returns the remaining manual steps, one line each
 */
export function changeMain(files: Files, path: string, service: string | undefined): string[] {
  if (files.read(path) === undefined) {
    return [
      `${path} is not there: call app.enableShutdownHooks() where the application is created.`,
    ];
  }
  const source = parseFile(files, path);
  const edits: Edit[] = [];
  const remaining: string[] = [];
  if (!/\benableShutdownHooks\s*\(/.test(source.text)) {
    const hooks = shutdownHooks(source);
    if (hooks) edits.push(hooks);
    else {
      remaining.push(
        `${path} has no "const app = await NestFactory.create…(…)": call app.enableShutdownHooks(), or nothing is drained on SIGTERM.`,
      );
    }
  }
  if (service !== undefined && !/\bdiscoverable\w*\s*\(/.test(source.text)) {
    const servers = grpcServers(source);
    edits.push(...servers);
    if (servers.length > 0) {
      const { local, insertion } = localName(source, DISCOVERABLE);
      if (insertion) edits.push({ from: insertion.at, to: insertion.at, text: insertion.text });
      for (const [index, edit] of edits.entries()) {
        edits[index] = { ...edit, text: edit.text.replace('discoverable(', `${local}(`) };
      }
    } else {
      remaining.push(
        `${path} has no gRPC server with its options written there, so that nothing registers as "${service}" yet: before it ` +
          `listens, call app.connectMicroservice(discoverable({ ...contract, url: '0.0.0.0:0' })) and ` +
          'await app.startAllMicroservices(), or create the application with NestFactory.createMicroservice(AppModule, ' +
          'discoverable({ … })). "discoverable" comes from @grpc-discovery/nestjs.',
      );
    }
  }
  if (edits.length > 0) files.write(path, edited(source.text, edits));
  return remaining;
}

function edited(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((one, other) => other.from - one.from)
    .reduce(
      (result, { from, to, text: it }) => result.slice(0, from) + it + result.slice(to),
      text,
    );
}

/** After the statement that creates the application. */
function shutdownHooks(source: ts.SourceFile): Edit | undefined {
  for (const node of nodesOf(source)) {
    if (!ts.isVariableStatement(node)) continue;
    const made = node.declarationList.declarations.find(
      ({ initializer }) => initializer && /\bNestFactory\s*\.\s*create/.test(initializer.getText()),
    );
    if (!made || !ts.isIdentifier(made.name)) continue;
    const indent = /(?<=^|\n)[ \t]*$/.exec(source.text.slice(0, node.getStart()))?.[0] ?? '';
    const text = `\n${indent}${made.name.text}.enableShutdownHooks();`;
    return { from: node.getEnd(), to: node.getEnd(), text };
  }
  return undefined;
}

/** `{ transport: Transport.GRPC, options: { … } }` becomes `discoverable({ … })`. */
function grpcServers(source: ts.SourceFile): Edit[] {
  return [...nodesOf(source)].filter(ts.isObjectLiteralExpression).flatMap((node) => {
    const properties = node.properties.filter(ts.isPropertyAssignment);
    const valueOf = (name: string) =>
      properties.find((it) => it.name.getText() === name)?.initializer;
    if (valueOf('transport')?.getText() !== 'Transport.GRPC') return [];
    const options = valueOf('options');
    if (!options || node.properties.length !== 2) return [];
    return [
      { from: node.getStart(), to: node.getEnd(), text: `discoverable(${options.getText()})` },
    ];
  });
}

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) {
    yield child;
    yield* nodesOf(child);
  }
}
