import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  credentials,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync, type Options, type PackageDefinition } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { generated, importContract, nameOf, protos } from './contracts/generated.js';
import { shapes, type Shape } from './contracts/shapes.js';
import { root } from './markdown-samples.js';

/** They are held by the calls below. */
const DEFINITIONS = /(?<=const definitions: object )= \{.*?^\};$/ms;
const loader: Options = {
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
};

/** Code that people write with a contract: what is sent may be partial, what arrives is whole. */
const use = `import type { OrdersClient } from './packages.client.js';
import type { CommonMoney, Order, OrderInit } from './packages.contract.js';
import type { PaymentsClient } from './oneofs.client.js';

export async function all(orders: OrdersClient, payments: PaymentsClient): Promise<string> {
  await orders.put({});
  await orders.put({ fee: { currency: 'EUR' } });
  const order = await orders.put({ fee: { units: 1 } });
  await orders.put(order);
  const whole: Order = { total: null, fee: null, tax: null, state: 'OPEN' };
  const init: OrderInit = whole;
  await orders.put({ ...init, state: 'OPEN' });
  // @ts-expect-error -- no field of the message
  await orders.put({ fees: {} });
  // @ts-expect-error -- a reply has all of its fields
  const fee: CommonMoney = { currency: 'EUR' };
  const { method, card } = await payments.pay({ card: { number: '1' } });
  return method === 'card' ? (card?.number ?? '') : (order.fee?.units ?? fee.units);
}
`;

describe('The TypeScript of a contract', () => {
  let folder: string;
  const files: Record<string, string> = {};

  beforeAll(() => {
    // Inside the workspace, so that its packages are found.
    mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
    folder = mkdtempSync(join(root, 'node_modules/.cache/contracts-'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const shape of shapes) {
      const { contract, client } = generated(shape);
      files[`${nameOf(shape)}.contract.ts`] = contract;
      files[`${nameOf(shape)}.client.ts`] = client;
    }
    files['use.ts'] = use;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(shapes)('of $proto.proto is as it was', (shape) => {
    const path = join(protos, 'golden', `${nameOf(shape)}.golden`);
    const { contract, client } = generated(shape);
    const now = `${contract.replace(DEFINITIONS, '= { … };')}\n${'='.repeat(128)}\n\n${client}`;
    // To be read, and then committed: UPDATE_GOLDEN=1 npm test -- contracts
    if (process.env.UPDATE_GOLDEN) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, now);
    }
    expect(now).toBe(readFileSync(path, 'utf8'));
  });

  it('compiles under the strictest options, and into modules of either kind', () => {
    const strict: ts.CompilerOptions = {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noPropertyAccessFromIndexSignature: true,
      noUnusedLocals: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      isolatedDeclarations: false,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      types: ['node'],
    };
    const faults = [
      [ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
      [ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
    ].flatMap(([module, moduleResolution]) => {
      const options = { ...strict, module, moduleResolution } as ts.CompilerOptions;
      const paths = Object.keys(files).map((name) => join(folder, name));
      const program = ts.createProgram(paths, options);
      const diagnostics = ts.getPreEmitDiagnostics(program);
      program.emit();
      return diagnostics.map((it) => {
        const text = ts.flattenDiagnosticMessageText(it.messageText, ' ');
        return `${it.file?.fileName ?? ''}: ${text}`;
      });
    });
    expect(faults).toEqual([]);
  });

  it.each(shapes)('of $proto.proto speaks to a server of its .proto', async (shape) => {
    const { service, property, request, reply } = shape.echo;
    const contract = await importContract(join(folder, `${nameOf(shape)}.contract.ts`));
    const peer = shape.isBeyondTheLoader ? contract.packageDefinition : loaded(shape);
    const server = new Server();
    const definition = peer[service] as ServiceDefinition;
    const rpc = Object.values(definition).find(({ originalName }) => originalName === property);
    server.addService(definition, {
      [property]: (
        call: { readonly request: object },
        done: (error: null, reply: object) => void,
      ) => done(null, call.request),
    });
    const port = await bound(server);
    const Client = makeClientConstructor(
      contract.packageDefinition[service] as ServiceDefinition,
      service,
    );
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    try {
      const answered = await new Promise((resolve, reject) => {
        const call = client[property] as (
          message: object,
          done: (error: Error | null, value: unknown) => void,
        ) => void;
        call.call(client, request, (error, value) => (error ? reject(error) : resolve(value)));
      });
      expect(answered).toEqual(reply);
      expect(rpc?.path).toBe(`/${service}/${rpc?.path.split('/').at(-1)}`);
      expect(files[`${nameOf(shape)}.client.ts`]).toContain(`readonly ${property}!: `);
      expect(`${service}.`.startsWith(contract.package)).toBe(true);
    } finally {
      client.close();
      server.forceShutdown();
    }
  });
});

/** As a peer has it that reads the .proto when it starts. */
function loaded({ proto }: Shape): PackageDefinition {
  const includeDirs = [protos, join(protos, 'third_party'), join(root, 'node_modules/protobufjs')];
  return loadSync(join(protos, `${proto}.proto`), { ...loader, includeDirs });
}

async function bound(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}
