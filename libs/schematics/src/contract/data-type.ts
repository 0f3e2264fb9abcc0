import protobuf from 'protobufjs';

/** A message or enum, which becomes a type in TypeScript. */
export type DataType = protobuf.Type | protobuf.Enum;

export function isDataType(it: protobuf.ReflectionObject | null): it is DataType {
  return it instanceof protobuf.Type || it instanceof protobuf.Enum;
}
