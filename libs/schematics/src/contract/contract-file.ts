import protobuf from 'protobufjs';
import { typeName, type Contract } from './contract.js';

const SCALARS: Readonly<Record<string, string>> = {
  double: 'number',
  float: 'number',
  int32: 'number',
  uint32: 'number',
  sint32: 'number',
  fixed32: 'number',
  sfixed32: 'number',
  // A number can't hold all of their values.
  int64: 'string',
  uint64: 'string',
  sint64: 'string',
  fixed64: 'string',
  sfixed64: 'string',
  bool: 'boolean',
  string: 'string',
  bytes: 'Uint8Array',
};

/**
 * The TypeScript of a contract: its messages as they arrive under the loader options that stand there, and what a Nest
 * server or client needs to know. It holds the whole contract, so that no .proto has to be found at run time.
 */
export function contractFile(contract: Contract, constant: string, remake: string): string {
  const { path, package: packageName, messages, enums, json } = contract;
  return `// Made from ${path}: don't edit. Made anew by
//   ${remake}
import { fromJSON } from '@grpc/proto-loader';

${[...enums.map(enumType), ...messages.map(messageType)].join('\n')}
const loader = {
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
};

const definitions = ${JSON.stringify(json, undefined, 2)};

/** Spread it into the options of a server or a client. */
export const ${constant} = {
  package: '${packageName}',
  packageDefinition: fromJSON(definitions as Parameters<typeof fromJSON>[0], loader),
};
`;
}

function enumType(type: protobuf.Enum): string {
  const values = Object.keys(type.values).map((value) => `'${value}'`);
  return `export type ${typeName(type)} = ${values.join(' | ')};\n`;
}

function messageType(type: protobuf.Type): string {
  const fields = type.fieldsArray.map((field) => `  ${fieldType(field)};\n`);
  if (fields.length === 0) return `export type ${typeName(type)} = Record<string, never>;\n`;
  return `export interface ${typeName(type)} {\n${fields.join('')}}\n`;
}

function fieldType(field: protobuf.Field): string {
  const value = valueType(field);
  if (field instanceof protobuf.MapField) return `${field.name}: Record<string, ${value}>`;
  if (field.repeated) return `${field.name}: ${value}[]`;
  // What is absent has its default; messages, members of a oneof and optional fields have none.
  if (field.resolvedType instanceof protobuf.Type) return `${field.name}?: ${value} | null`;
  return field.partOf ? `${field.name}?: ${value}` : `${field.name}: ${value}`;
}

function valueType({ type, resolvedType }: protobuf.Field): string {
  return resolvedType ? typeName(resolvedType) : (SCALARS[type] ?? 'unknown');
}
