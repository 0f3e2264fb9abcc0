import protobuf from 'protobufjs';
import { propertyKey, quoted } from '../code/literals.js';
import type { TypeNames } from './type-names.js';

const SCALARS: Readonly<Record<string, string>> = {
  double: 'number',
  float: 'number',
  int32: 'number',
  uint32: 'number',
  sint32: 'number',
  fixed32: 'number',
  sfixed32: 'number',
  bool: 'boolean',
  string: 'string',
  bytes: 'Uint8Array',
};
const LONG = /^(u?int|s?fixed|sint)64$/;

/** If one of these is omitted, protobufjs reads the member of that name that every object has. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));
const INHERITED_REMARK =
  '/** Required: if omitted, the member of this name that every object has would be sent. */\n  ';

type Direction = 'whole' | 'init';

export function enumType(type: protobuf.Enum, names: TypeNames): string {
  const values = Object.keys(type.values).map(quoted);
  return `export type ${names.enum(type)} = ${values.join(' | ')};\n`;
}

/** The two types of a message: received, and to send. */
export function messageTypes(type: protobuf.Type, names: TypeNames): string {
  const { whole, init } = names.message(type);
  return `${objectType(whole, [...wholeFields(type, names)])}\n${objectType(init, [...initFields(type, names)])}`;
}

function objectType(name: string, fields: readonly string[]): string {
  if (fields.length === 0) return `export type ${name} = { [field: string]: never };\n`;
  return `export interface ${name} {\n${fields.map((field) => `  ${field};\n`).join('')}}\n`;
}

/** Absent fields have their defaults; messages, members of a oneof and optional fields have none. */
function* wholeFields(type: protobuf.Type, names: TypeNames): Generator<string> {
  for (const field of type.fieldsArray) {
    const value = fieldType(field, names, 'whole');
    const isOptional = field.partOf ? '?' : '';
    const isNullable = !field.required && !field.partOf && isSingleMessage(field);
    yield `${keyRemark(field)}${propertyKey(field.name)}${isOptional}: ${value}${isNullable ? ' | null' : ''}`;
  }
  for (const oneof of type.oneofsArray) {
    if (isOptionalField(oneof)) continue;
    const members = oneof.fieldsArray.map(({ name }) => quoted(name));
    yield `/** Which of them is there. */\n  ${propertyKey(oneof.name)}?: ${members.join(' | ')}`;
  }
}

function* initFields(type: protobuf.Type, names: TypeNames): Generator<string> {
  for (const field of type.fieldsArray) {
    const value = fieldType(field, names, 'init');
    const isInherited = INHERITED.has(field.name);
    const isOptional = field.required || isInherited ? '' : '?';
    const isNullable = !field.required && isSingleMessage(field);
    const remark = isInherited ? INHERITED_REMARK : '';
    yield `${remark}${propertyKey(field.name)}${isOptional}: ${value}${isNullable ? ' | null' : ''}`;
  }
}

function fieldType(field: protobuf.Field, names: TypeNames, direction: Direction): string {
  const value = valueType(field, names, direction);
  if (field instanceof protobuf.MapField) return `{ [key: string]: ${value} }`;
  if (!field.repeated) return value;
  return value.includes(' ') ? `(${value})[]` : `${value}[]`;
}

function valueType(field: protobuf.Field, names: TypeNames, direction: Direction): string {
  const { type, resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return names.enum(resolvedType);
  if (resolvedType) return names.message(resolvedType)[direction];
  // A number can't hold all of their values.
  if (LONG.test(type)) return direction === 'whole' ? 'string' : 'string | number';
  return SCALARS[type] ?? 'unknown';
}

function isSingleMessage(field: protobuf.Field): boolean {
  if (field.repeated || field instanceof protobuf.MapField) return false;
  return field.resolvedType instanceof protobuf.Type;
}

/** `optional` is a oneof of one member, under a name of the parser's. */
function isOptionalField({ fieldsArray }: protobuf.OneOf): boolean {
  return fieldsArray.length === 1 && fieldsArray[0]?.options?.proto3_optional === true;
}

function keyRemark(field: protobuf.Field): string {
  if (!(field instanceof protobuf.MapField) || !LONG.test(field.keyType)) return '';
  return '/** Sent with decimal keys. They arrive as 8 characters, which `util.longFromHash` of protobufjs reads. */\n  ';
}
