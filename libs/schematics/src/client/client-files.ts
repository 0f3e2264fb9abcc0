import { propertyKey, quoted } from '../code/literals.js';
import type { Contract, RpcMethod, RpcService } from '../contract/contract.js';
import type { Names } from '../names.js';
import type { Workspace } from '../workspace/workspace.js';

/**
 * Names that a client's property can't have: the first two have a meaning in JavaScript, and Nest calls the others as lifecycle
 * hooks.
 */
const NO_PROPERTIES = new Set([
  'constructor',
  'then',
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** A class for each service of a contract in `contractFolder`. */
export function clientFile(
  names: Names,
  contract: Contract,
  { extension }: Workspace,
  contractFolder = '.',
): string {
  const services = callableServices(contract);
  const methods = services.flatMap(callableMethods);
  const kinds = unique(methods.map(kindOf)).map((kind) => `  type ${kind},\n`);
  const types = unique(methods.flatMap(({ request, reply }) => [request.init, reply.whole]));
  const imported = [`${names.camel}Contract`, ...types.map((type) => `type ${type}`)];
  return `import {
  BalancedClient,
  Call,
${kinds.join('')}} from '@grpc-discovery/nestjs';
import {
${imported.map((name) => `  ${name},\n`).join('')}} from '${contractFolder}/${names.kebab}.contract${extension}';

${services.map((service) => clientClass(names, service, contract)).join('\n')}`;
}

/** Services with at least one rpc that a client can call. */
export function callableServices({ services }: Contract): RpcService[] {
  return services.filter((service) => callableMethods(service).length > 0);
}

export function clientClassOf({ name }: RpcService): string {
  return `${name}Client`;
}

/** The code of a client's property. */
export function callProperty(method: RpcMethod): string {
  const types = `${method.request.init}, ${method.reply.whole}`;
  return `@Call()\n  readonly ${propertyKey(method.property)}!: ${kindOf(method)}<${types}>;`;
}

export function callableMethods({ methods }: RpcService): RpcMethod[] {
  return methods.filter(isCallable);
}

/** Whether a client can have a property for an rpc. */
export function isCallable({ property }: RpcMethod): boolean {
  return !NO_PROPERTIES.has(property);
}

/** Its properties are not abstract, because vitest's compiler drops the decorators of abstract ones. */
function clientClass({ kebab, camel }: Names, service: RpcService, contract: Contract): string {
  const rpcService = contract.hasSeveralServices ? `, rpcService: ${quoted(service.fullName)}` : '';
  const left = service.methods.filter((method) => !isCallable(method));
  const remarks = left.map(
    ({ name, property }) =>
      `  // The rpc ${name} is omitted: a property "${property}" has another meaning. Call it with GrpcClients.\n`,
  );
  const calls = callableMethods(service).map((method) => `  ${callProperty(method)}\n`);
  return `/** Calls the service "${kebab}", whichever instances it has. */
@BalancedClient({ service: '${kebab}', ...${camel}Contract${rpcService} })
export class ${clientClassOf(service)} {
${[...remarks, ...calls].join('\n')}}
`;
}

export function kindOf({ requestStream, responseStream }: RpcMethod): string {
  if (requestStream) return responseStream ? 'BidiStreamingCall' : 'ClientStreamingCall';
  return responseStream ? 'ServerStreamingCall' : 'UnaryCall';
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
