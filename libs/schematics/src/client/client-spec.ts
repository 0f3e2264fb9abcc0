import type { Contract } from '../contract/contract.js';
import { propertyKey } from '../code/literals.js';
import type { Names } from '../names.js';
import type { Workspace } from '../workspace/workspace.js';
import { callableMethods, callableServices, clientClassOf, kindOf } from './client-files.js';

/** A spec against real instances on loopback, for the first method with one request that may be empty. */
export function clientSpec(
  { kebab }: Names,
  contract: Contract,
  { extension, specModule }: Workspace,
): string {
  const [service] = callableServices(contract);
  const client = clientClassOf(service!);
  const method = callableMethods(service!).find(
    (it) => kindOf(it) === 'UnaryCall' && it.mayBeEmpty,
  );
  const call = method
    ? `
  for (let i = 0; i < 6; i++) {
    await module.get(${client}).${method.property}({}, { waitForReady: true });
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
  const fleet = await createTestFleet({ ${propertyKey(kebab)}: 3 });
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
