import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import {
  ClientProxyFactory,
  GrpcMethod,
  Transport,
  type ClientGrpcProxy,
  type GrpcOptions,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { firstValueFrom, type Observable } from 'rxjs';
import { generated, importContract, nameOf } from './contracts/generated.js';
import { shapes } from './contracts/shapes.js';
import { root } from './markdown-samples.js';

type Call = (request: object) => Observable<object>;

@Controller()
class EchoController {
  @GrpcMethod('Plain', 'GetURL')
  plain(request: object): object {
    return request;
  }

  @GrpcMethod('Files', 'GetURL')
  files(request: object): object {
    return request;
  }

  @GrpcMethod('Awkward', 'Then')
  awkward(request: object): object {
    return request;
  }
}

describe("Nest's own server and client", () => {
  let folder: string;

  beforeAll(() => {
    mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
    folder = mkdtempSync(join(root, 'node_modules/.cache/contracts-in-nest-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['no-package', 'Plain', 'getUrl', { text: 't' }, { text: 't', more: [] }],
    ['services', 'Files', 'getUrl', { url: 'u' }, { url: 'u' }],
    ['services', 'Awkward', 'then', { url: 'u' }, { url: 'u' }],
  ])('take the contract of %s.proto, and call %s by %s', async (...row) => {
    const [proto, service, property, request, reply] = row;
    const shape = shapes.find((it) => it.proto === proto)!;
    const path = join(folder, `${nameOf(shape)}.contract.ts`);
    writeFileSync(path, generated(shape).contract);
    const contract = await importContract(path);
    const [port] = await freePorts(1);
    const options: GrpcOptions = {
      transport: Transport.GRPC,
      options: { ...contract, url: `127.0.0.1:${port}` },
    };
    const module = await Test.createTestingModule({ controllers: [EchoController] }).compile();
    const app = module.createNestMicroservice(options);
    await app.listen();
    const client = ClientProxyFactory.create(options) as unknown as ClientGrpcProxy;
    try {
      const { [property]: call } = client.getService<Record<string, Call>>(service);
      expect(await firstValueFrom(call!(request))).toEqual(reply);
    } finally {
      client.close();
      await app.close();
    }
  });
});
