import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import protobuf from 'protobufjs';

/** A .proto file of Google that protobufjs contains. */
export interface BundledProto {
  /** `google/protobuf/timestamp.proto`. */
  readonly name: string;
  /** Whether it takes precedence over a file of that name in the workspace, as in @grpc/proto-loader. */
  readonly goesFirst: boolean;
  readonly text?: string;
  /** The JSON form, if there is no text. */
  readonly nested?: Readonly<Record<string, protobuf.AnyNestedObject>>;
}

const WELL_KNOWN = 'google/protobuf/';
const BUNDLED = /^google\/(protobuf|api)\/\w+\.proto$/;

/**
 * The texts of api, descriptor, source_context, type and google.api take precedence over their JSON: several JSON forms contain
 * copies of each other's messages and can't be loaded together.
 */
export function bundledProto(path: string): BundledProto | undefined {
  const at = path.lastIndexOf(WELL_KNOWN);
  const name = at < 0 ? path : path.slice(at);
  if (!BUNDLED.test(name)) return undefined;
  const goesFirst = at >= 0;
  const text = textOf(name);
  if (text !== undefined) return { name, goesFirst, text };
  const nested = protobuf.common.get(name)?.nested;
  return nested && { name, goesFirst, nested };
}

function textOf(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    return readFileSync(require.resolve(`protobufjs/${name}`), 'utf8');
  } catch {
    return undefined;
  }
}
