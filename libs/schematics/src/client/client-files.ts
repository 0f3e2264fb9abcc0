import type { Contract, RpcMethod, RpcService } from '../contract/contract.js';
import { uncapitalised, type Names } from '../names.js';
import type { Workspace } from '../workspace/workspace.js';

/** A class for each service of a contract. */
export function clientFile(names: Names, contract: Contract, { extension }: Workspace): string {
  const { services } = contract;
  const methods = services.flatMap((service) => service.methods);
  const kinds = unique(methods.map(kindOf)).map((kind) => `  type ${kind},\n`);
  const types = unique(methods.flatMap(({ request, reply }) => [request, reply]));
  const imported = [`${names.camel}Contract`, ...types.map((type) => `type ${type}`)];
  return `import {
  BalancedClient,
  Call,
${kinds.join('')}} from '@grpc-discovery/nestjs';
import {
${imported.map((name) => `  ${name},\n`).join('')}} from './${names.kebab}.contract${extension}';

${services.map((service) => clientClass(names, service, services.length > 1)).join('\n')}`;
}

export function clientClasses({ services }: Contract): string[] {
  return services.map(({ name }) => `${name}Client`);
}

/** A spec against real instances on loopback, for the first method with one request. */
export function clientSpec(
  { kebab }: Names,
  { services }: Contract,
  { extension, specModule }: Workspace,
): string {
  const [service] = services;
  const client = `${service!.name}Client`;
  const key = kebab.includes('-') ? `'${kebab}'` : kebab;
  const method = service!.methods.find((it) => kindOf(it) === 'UnaryCall');
  const call = method
    ? `
  for (let i = 0; i < 6; i++) {
    await module.get(${client}).${uncapitalised(method.name)}({} as never, { waitForReady: true });
  }
  const calls = Object.values(fleet.calls('${kebab}'));
  expect(calls).toEqual([2, 2, 2]);
`
    : `
  expect(module.get(${client})).toBeInstanceOf(${client});
`;
  return `import { DiscoveryModule } from '@grpc-discovery/nestjs';
import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { Test } from '@nestjs/testing';
import { expect, it } from '${specModule}';
import { ${client} } from './${kebab}.client${extension}';

it('${method ? 'spreads calls over all instances' : 'is provided'}', async () => {
  // Real gRPC servers on loopback, in a registry in memory.
  const fleet = await createTestFleet({ ${key}: 3 });
  const imports = [
    DiscoveryModule.forRoot({ etcd: { hosts: 'replaced.by.the.fleet' } }),
    DiscoveryModule.forFeature([${client}]),
  ];
  const builder = Test.createTestingModule({ imports });
  const module = await DiscoveryTestingModule.override(builder, fleet).compile();
  await fleet.whenConnected('${kebab}');
${call}
  await module.close();
  await fleet.close();
});
`;
}

/** Its properties are not abstract: vitest's compiler drops decorators of those. */
function clientClass(
  { kebab, camel }: Names,
  service: RpcService,
  isOneOfSeveral: boolean,
): string {
  const rpcService = isOneOfSeveral ? `, rpcService: '${service.name}'` : '';
  const calls = service.methods.map(
    (method) =>
      `  @Call()\n  readonly ${uncapitalised(method.name)}!: ${kindOf(method)}<${method.request}, ${method.reply}>;\n`,
  );
  return `/** Calls the service "${kebab}", whichever instances it has. */
@BalancedClient({ service: '${kebab}', ...${camel}Contract${rpcService} })
export abstract class ${service.name}Client {
${calls.join('\n')}}
`;
}

function kindOf({ requestStream, responseStream }: RpcMethod): string {
  if (requestStream) return responseStream ? 'BidiStreamingCall' : 'ClientStreamingCall';
  return responseStream ? 'ServerStreamingCall' : 'UnaryCall';
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
