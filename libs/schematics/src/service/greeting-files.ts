import type { Names } from '../names.js';
import type { Workspace } from '../workspace/workspace.js';

/** The initial contract of a new service. */
export function serviceProto({ pascal, snake }: Names): string {
  return `syntax = "proto3";

package ${snake};

service ${pascal} {
  // One greeting for one request.
  rpc SayHello (HelloRequest) returns (HelloReply) {}
}

message HelloRequest {
  string name = 1;
}

message HelloReply {
  string message = 1;
  // The id under which the answering instance is registered.
  string instance_id = 2;
}
`;
}

/** The controller of the initial contract. */
export function greetingController({ kebab, pascal }: Names, { extension }: Workspace): string {
  return `import { LocalInstances } from '@grpc-discovery/nestjs';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { HelloReply, HelloRequest } from './contracts/${kebab}.contract${extension}';

/** Greets, and names the instance that answered. */
@Controller()
export class ${pascal}Controller {
  constructor(private readonly instances: LocalInstances) {}

  @GrpcMethod('${pascal}', 'SayHello')
  sayHello({ name }: HelloRequest): HelloReply {
    const [instance] = this.instances.all;
    return { message: \`Hello \${name}\`, instanceId: instance?.id ?? '' };
  }
}
`;
}

export function greetingSpec(
  { kebab, pascal }: Names,
  { extension, specModule }: Workspace,
): string {
  return `import { LocalInstances } from '@grpc-discovery/nestjs';
import { expect, it } from '${specModule}';
import { ${pascal}Controller } from './${kebab}.controller${extension}';

it('greets by name', () => {
  const controller = new ${pascal}Controller(new LocalInstances());
  expect(controller.sayHello({ name: 'you' })).toEqual({ message: 'Hello you', instanceId: '' });
});
`;
}

export function greetingE2eSpec(
  { kebab, pascal, camel }: Names,
  { extension, specModule }: Workspace,
): string {
  return `import { discoverable, DiscoveryModule } from '@grpc-discovery/nestjs';
import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { Test } from '@nestjs/testing';
import { expect, it } from '${specModule}';
import { ${camel}Contract } from './contracts/${kebab}.contract${extension}';
import { ${pascal}Module } from './${kebab}.module${extension}';
import { ${pascal}Client } from './testing/${kebab}.client${extension}';

it('is found by name while it serves, and answers', async () => {
  // A registry in memory: no etcd is needed.
  const fleet = await createTestFleet({});
  const imports = [${pascal}Module, DiscoveryModule.forFeature([${pascal}Client])];
  const builder = Test.createTestingModule({ imports });
  const module = await DiscoveryTestingModule.override(builder, fleet).compile();
  const options = discoverable({ ...${camel}Contract, url: '127.0.0.1:0' });
  const app = module.createNestMicroservice(options);
  await app.listen();

  const callOptions = { timeoutMs: 5_000, waitForReady: true };
  const reply = await module.get(${pascal}Client).sayHello({ name: 'you' }, callOptions);
  expect(reply.message).toBe('Hello you');
  expect(reply.instanceId).not.toBe('');

  await app.close();
  await fleet.close();
});
`;
}
