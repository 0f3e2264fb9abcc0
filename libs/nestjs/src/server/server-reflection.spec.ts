import { MemoryStore } from '@grpc-discovery/registry';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BidiStreamingCall } from '../client/call-types.js';
import { rpcCall } from '../client/rpc-calls.js';
import { startGreeter } from '../spec/greeter-app.js';
import { LocalInstances } from './local-instances.js';
import { ServerReflection } from './server-reflection.js';
import { aSetupError } from '../spec/setup-error.js';

interface Answer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
}

function ask(version: 'v1' | 'v1alpha', client: Client, request: object): Promise<Answer> {
  const folder = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'));
  const file = join(folder, `build/proto/grpc/reflection/${version}/reflection.proto`);
  const definition = loadSync(file)[`grpc.reflection.${version}.ServerReflection`];
  const { ServerReflectionInfo } = definition as unknown as Record<
    'ServerReflectionInfo',
    Parameters<typeof rpcCall>[1]
  >;
  const info = rpcCall(client, ServerReflectionInfo, {}) as BidiStreamingCall<object, Answer>;
  return firstOf(info([request], { timeoutMs: 60_000 }));
}

async function firstOf<T>(answers: AsyncIterable<T>): Promise<T> {
  for await (const answer of answers) return answer;
  throw new Error('no answer');
}

it.each(['v1', 'v1alpha'] as const)('tells the contract by reflection %s', async (version) => {
  const app = await startGreeter(new MemoryStore(), {}, { reflection: true });
  const [instance] = app.get(LocalInstances).all;
  const client = new Client(instance!.address, credentials.createInsecure());
  const { listServicesResponse } = await ask(version, client, { listServices: '*' });
  expect(listServicesResponse?.service.map(({ name }) => name)).toEqual(['helloworld.Greeter']);
  const symbol = { fileContainingSymbol: 'helloworld.Greeter' };
  const { fileDescriptorResponse } = await ask(version, client, symbol);
  const [file] = fileDescriptorResponse!.fileDescriptorProto;
  expect(file!.toString('latin1')).toContain('SayHelloBidiStream');
  client.close();
  await app.close();
});

it('says nothing without the option', async () => {
  const app = await startGreeter(new MemoryStore());
  const client = new Client(app.get(LocalInstances).all[0]!.address, credentials.createInsecure());
  await expect(ask('v1', client, { listServices: '*' })).rejects.toThrow('UNIMPLEMENTED');
  client.close();
  await app.close();
});

it('names the package that is missing', async () => {
  const missing = () => Promise.reject(new Error("Cannot find module '@grpc/reflection'"));
  await expect(ServerReflection.load(missing)).rejects.toThrow(aSetupError('missing-reflection'));
});
