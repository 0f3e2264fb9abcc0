import { clientFile } from '../client/client-files.js';
import type { Contract } from '../contract/contract.js';
import type { Names } from '../names.js';
import type { Workspace } from '../workspace/workspace.js';
import { greetingController, greetingE2eSpec, greetingSpec } from './greeting-files.js';
import { controllersOf, handlerController, handlerE2eSpec } from './handler-files.js';

/** Sources of a service's application, by their path in its folder. */
export function serviceFiles(
  names: Names,
  workspace: Workspace,
  contract: Contract,
): Readonly<Record<string, string>> {
  const { kebab } = names;
  const controller = isGreeting(names, contract)
    ? greetingController(names, workspace)
    : handlerController(names, workspace, contract);
  return {
    'src/main.ts': mainFile(names, workspace),
    'src/environment.ts': environmentFile(),
    [`src/${kebab}.module.ts`]: moduleFile(names, workspace, contract),
    [`src/${kebab}.controller.ts`]: controller,
  };
}

/** Specs of a service's application, by their path in its folder. */
export function serviceSpecs(
  names: Names,
  workspace: Workspace,
  contract: Contract,
  suffix: string,
): Readonly<Record<string, string>> {
  const { kebab } = names;
  // Vitest's compiler accepts decorators only in files that a tsconfig includes, which specs are not.
  const client = {
    [`src/testing/${kebab}.client.ts`]: clientFile(names, contract, workspace, '../contracts'),
  };
  const e2e = `src/${kebab}.e2e.${suffix}.ts`;
  if (!isGreeting(names, contract)) {
    const text = handlerE2eSpec(names, workspace, contract);
    return text === undefined ? {} : { [e2e]: text, ...client };
  }
  return {
    ...client,
    [`src/${kebab}.controller.${suffix}.ts`]: greetingSpec(names, workspace),
    [e2e]: greetingE2eSpec(names, workspace),
  };
}

/** Whether a contract is the initial one of a new service; if not, it existed before. */
function isGreeting({ pascal }: Names, { services }: Contract): boolean {
  const [service, ...others] = services;
  const [method, ...more] = service?.methods ?? [];
  return (
    others.length + more.length === 0 &&
    service?.name === pascal &&
    method?.name === 'SayHello' &&
    method.request.whole === 'HelloRequest' &&
    method.reply.whole === 'HelloReply'
  );
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
  /** GRPC_URL: address that the server binds; with port 0, the kernel chooses a free port. */
  readonly grpcUrl: string;
}

export function environment(): Environment {
  const { ETCD_HOSTS = 'http://127.0.0.1:2379', GRPC_URL = '0.0.0.0:0' } = process.env;
  return { etcdHosts: ETCD_HOSTS, grpcUrl: GRPC_URL };
}
`;
}

function moduleFile(
  { kebab, pascal }: Names,
  { extension }: Workspace,
  contract: Contract,
): string {
  const controllers = controllersOf(pascal, contract).map(({ name }) => name);
  return `import { DiscoveryModule } from '@grpc-discovery/nestjs';
import { Module } from '@nestjs/common';
import { environment } from './environment${extension}';
import { ${controllers.join(', ')} } from './${kebab}.controller${extension}';

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
  controllers: [${controllers.join(', ')}],
})
export class ${pascal}Module {}
`;
}
