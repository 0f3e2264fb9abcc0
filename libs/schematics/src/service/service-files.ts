import type { Names } from '../names.js';
import type { Workspace } from '../workspace/workspace.js';

/** The contract that a new service begins with. */
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

/** Sources of a service's application, by their path in its folder. */
export function serviceFiles(names: Names, workspace: Workspace): Readonly<Record<string, string>> {
  const { kebab } = names;
  return {
    'src/main.ts': mainFile(names, workspace),
    'src/environment.ts': environmentFile(),
    [`src/${kebab}.module.ts`]: moduleFile(names, workspace),
    [`src/${kebab}.controller.ts`]: controllerFile(names, workspace),
    [`src/${kebab}.controller.spec.ts`]: controllerSpec(names, workspace),
    [`src/${kebab}.e2e.spec.ts`]: e2eSpec(names, workspace),
  };
}

function mainFile({ kebab, pascal, camel }: Names, { extension, isEsm }: Workspace): string {
  return `import { discoverable } from '@grpc-discovery/nestjs';
import { NestFactory } from '@nestjs/core';
import { ${camel}Contract } from './contracts/${kebab}.contract${extension}';
import { environment } from './environment${extension}';
import { ${pascal}Module } from './${kebab}.module${extension}';

async function bootstrap(): Promise<void> {
  const { grpcUrl: url } = environment();
  const options = discoverable({ ...${camel}Contract, url });
  const app = await NestFactory.createMicroservice(${pascal}Module, options);
  app.enableShutdownHooks();
  await app.listen();
}

${isEsm ? 'await' : 'void'} bootstrap();
`;
}

function environmentFile(): string {
  return `/** What the service reads from its environment. */
export interface Environment {
  /** ETCD_HOSTS: urls of etcd, separated by commas. */
  readonly etcdHosts: string;
  /** GRPC_URL: what the server binds; port 0 lets the kernel choose. */
  readonly grpcUrl: string;
}

export function environment(): Environment {
  const { ETCD_HOSTS = 'http://127.0.0.1:2379', GRPC_URL = '0.0.0.0:0' } = process.env;
  return { etcdHosts: ETCD_HOSTS, grpcUrl: GRPC_URL };
}
`;
}

function moduleFile({ kebab, pascal }: Names, { extension }: Workspace): string {
  return `import { DiscoveryModule } from '@grpc-discovery/nestjs';
import { Module } from '@nestjs/common';
import { environment } from './environment${extension}';
import { ${pascal}Controller } from './${kebab}.controller${extension}';

/** Registers while it serves, and answers health checks by grpc.health.v1. */
@Module({
  imports: [
    DiscoveryModule.forRootAsync({
      useFactory: () => ({
        etcd: { hosts: environment().etcdHosts },
        service: { name: '${kebab}' },
      }),
    }),
  ],
  controllers: [${pascal}Controller],
})
export class ${pascal}Module {}
`;
}

function controllerFile({ kebab, pascal }: Names, { extension }: Workspace): string {
  return `import { LocalInstances } from '@grpc-discovery/nestjs';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { HelloReply, HelloRequest } from './contracts/${kebab}.contract${extension}';

/** Greets, and says which instance did. */
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

function controllerSpec({ kebab, pascal }: Names, { extension, specModule }: Workspace): string {
  return `import { LocalInstances } from '@grpc-discovery/nestjs';
import { expect, it } from '${specModule}';
import { ${pascal}Controller } from './${kebab}.controller${extension}';

it('greets whoever asks', () => {
  const controller = new ${pascal}Controller(new LocalInstances());
  expect(controller.sayHello({ name: 'you' })).toEqual({ message: 'Hello you', instanceId: '' });
});
`;
}

function e2eSpec({ kebab, pascal, camel }: Names, { extension, specModule }: Workspace): string {
  return `import {
  BalancedClient,
  Call,
  discoverable,
  DiscoveryModule,
  type UnaryCall,
} from '@grpc-discovery/nestjs';
import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { Test } from '@nestjs/testing';
import { expect, it } from '${specModule}';
import {
  ${camel}Contract,
  type HelloReply,
  type HelloRequest,
} from './contracts/${kebab}.contract${extension}';
import { ${pascal}Module } from './${kebab}.module${extension}';

@BalancedClient({ service: '${kebab}', ...${camel}Contract })
abstract class ${pascal}Client {
  @Call({ timeoutMs: 5_000, waitForReady: true })
  readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
}

it('is found by its name while it serves, and answers', async () => {
  // A registry in memory: no etcd is needed.
  const fleet = await createTestFleet({});
  const imports = [${pascal}Module, DiscoveryModule.forFeature([${pascal}Client])];
  const builder = Test.createTestingModule({ imports });
  const module = await DiscoveryTestingModule.override(builder, fleet).compile();
  const options = discoverable({ ...${camel}Contract, url: '127.0.0.1:0' });
  const app = module.createNestMicroservice(options);
  await app.listen();

  const reply = await module.get(${pascal}Client).sayHello({ name: 'you' });
  expect(reply.message).toBe('Hello you');
  expect(reply.instanceId).not.toBe('');

  await app.close();
  await fleet.close();
});
`;
}
