import {
  callableMethods,
  callableServices,
  clientClassOf,
  isCallable,
  kindOf,
} from '../client/client-files.js';
import { propertyKey } from '../code/literals.js';
import type { Contract, RpcMethod, RpcService } from '../contract/contract.js';
import type { Names } from '../names.js';
import type { Workspace } from '../workspace/workspace.js';

interface ControllerOf {
  readonly name: string;
  readonly service: RpcService;
}

/** A controller for each rpc service of a contract. */
export function controllersOf(pascal: string, { services }: Contract): ControllerOf[] {
  const [service, ...others] = services;
  if (others.length === 0) return [{ name: `${pascal}Controller`, service: service! }];
  return services.map((it) => ({ name: `${it.name}Controller`, service: it }));
}

/** Controllers with an empty handler for each rpc of an existing contract. */
export function handlerController(
  { kebab, pascal }: Names,
  { extension }: Workspace,
  contract: Contract,
): string {
  const methods = contract.services.flatMap((service) => service.methods);
  const decorators = [
    ...(methods.some((it) => !it.requestStream) ? ['GrpcMethod'] : []),
    ...(methods.some((it) => it.requestStream) ? ['GrpcStreamMethod'] : []),
    'RpcException',
  ];
  const types = methods.flatMap(({ request, reply }) => [request.whole, reply.init]);
  const isStreaming = methods.some((it) => it.requestStream || it.responseStream);
  return `import { status } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { ${decorators.join(', ')} } from '@nestjs/microservices';
${isStreaming ? "import type { Observable } from 'rxjs';\n" : ''}import type {
${[...new Set(types)]
  .sort()
  .map((type) => `  ${type},\n`)
  .join('')}} from './contracts/${kebab}.contract${extension}';

${controllersOf(pascal, contract).map(controllerClass).join('\n')}
function unwritten(rpc: string): RpcException {
  return new RpcException({ code: status.UNIMPLEMENTED, message: \`\${rpc} is not implemented yet\` });
}
`;
}

/** A spec that the service is found; it calls the first unary rpc. */
export function handlerE2eSpec(
  { kebab, pascal, camel }: Names,
  { extension, specModule }: Workspace,
  contract: Contract,
): string | undefined {
  const [found] = callableServices(contract).flatMap((service) =>
    callableMethods(service)
      .filter((method) => kindOf(method) === 'UnaryCall' && method.mayBeEmpty)
      .map((method) => ({ service, method })),
  );
  if (!found) return undefined;
  const { service, method } = found;
  const client = clientClassOf(service);
  return `import { discoverable, DiscoveryModule } from '@grpc-discovery/nestjs';
import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { status } from '@grpc/grpc-js';
import { Test } from '@nestjs/testing';
import { expect, it } from '${specModule}';
import { ${camel}Contract } from './contracts/${kebab}.contract${extension}';
import { ${pascal}Module } from './${kebab}.module${extension}';
import { ${client} } from './testing/${kebab}.client${extension}';

it('is found by name while it serves', async () => {
  // A registry in memory: no etcd is needed.
  const fleet = await createTestFleet({});
  const imports = [${pascal}Module, DiscoveryModule.forFeature([${client}])];
  const builder = Test.createTestingModule({ imports });
  const module = await DiscoveryTestingModule.override(builder, fleet).compile();
  const options = discoverable({ ...${camel}Contract, url: '127.0.0.1:0' });
  const app = module.createNestMicroservice(options);
  await app.listen();

  // The handler is not implemented yet.
  const callOptions = { timeoutMs: 5_000, waitForReady: true };
  const call = module.get(${client}).${method.property}({}, callOptions);
  await expect(call).rejects.toMatchObject({ code: status.UNIMPLEMENTED });

  await app.close();
  await fleet.close();
});
`;
}

function controllerClass({ name, service }: ControllerOf): string {
  const handlers = service.methods.map((method) => handler(service.name, method));
  return `@Controller()\nexport class ${name} {\n${handlers.join('\n')}}\n`;
}

function handler(service: string, method: RpcMethod): string {
  const { requestStream, responseStream, request, reply } = method;
  const decorator = requestStream ? 'GrpcStreamMethod' : 'GrpcMethod';
  const parameter = requestStream
    ? `_requests: Observable<${request.whole}>`
    : `_request: ${request.whole}`;
  const result = requestStream || responseStream ? `Observable<${reply.init}>` : reply.init;
  // What every object has would have another type here.
  const isFree = isCallable(method) && !(method.property in Object.prototype);
  const name = isFree ? propertyKey(method.property) : `${method.property}Call`;
  return `  @${decorator}('${service}', '${method.name}')
  ${name}(${parameter}): ${result} {
    throw unwritten('${service}.${method.name}');
  }
`;
}
