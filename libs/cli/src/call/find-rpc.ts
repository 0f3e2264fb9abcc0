import type { MethodDefinition, PackageDefinition } from '@grpc/proto-loader';
import { UsageError } from '../errors.js';

export type Rpc = MethodDefinition<object, object>;

/**
 * The rpc of this name: `helloworld.Greeter/SayHello`, or `SayHello` where only one has it.
 * @throws UsageError
 */
export function findRpc(contract: PackageDefinition, name: string): Rpc {
  const all = Object.values(contract)
    .filter((definition) => !('format' in definition))
    .flatMap((service) => Object.values(service) as Rpc[]);
  const wanted = name.replace(/^\//, '');
  const exact = all.filter(({ path }) => path === `/${wanted}`);
  const found = exact.length > 0 ? exact : all.filter(({ path }) => path.endsWith(`/${wanted}`));
  const [rpc] = found;
  if (rpc !== undefined && found.length === 1) return rpc;
  const paths = (found.length > 1 ? found : all).map(({ path }) => path.slice(1)).join(', ');
  const what = found.length > 1 ? 'is the name of several' : 'is none';
  throw new UsageError(`${name} ${what} of the rpcs there are: ${paths}.`);
}

/**
 * Checks the field names of a message: protobuf silently drops unknown ones.
 * @throws UsageError
 */
export function assertFields({ path, requestType }: Rpc, message: object): void {
  const { field = [] } = requestType.type as { field?: readonly { readonly name: string }[] };
  const names = field.map(({ name }) => name);
  const known = new Set([...names, ...names.map(lowerCamelCase)]);
  for (const name of Object.keys(message)) {
    if (known.has(name)) continue;
    throw new UsageError(
      `${name} is no field of the request of ${path.slice(1)}; it has ${names.map(lowerCamelCase).join(', ') || 'none'}.`,
    );
  }
}

function lowerCamelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
