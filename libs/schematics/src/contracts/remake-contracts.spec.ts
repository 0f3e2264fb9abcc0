import { describe, expect, it } from '@jest/globals';
import { addClient } from '../client/add-client.js';
import { ForeignFileError, InvalidContractError, InvalidContractsError } from '../errors.js';
import { addService } from '../service/add-service.js';
import { monorepo } from '../spec/memory-files.js';
import { remakeContracts } from './remake-contracts.js';

const serverContract = 'apps/orders/src/contracts/orders.contract.ts';
const clientContract = 'apps/gateway/src/clients/orders.contract.ts';

function shop() {
  const files = monorepo();
  addService(files, { name: 'orders' });
  addClient(files, { name: 'orders', project: 'gateway' });
  return files;
}

describe('All contracts of a workspace', () => {
  it('stay as they are while their .proto files do', () => {
    const files = shop();
    const before = files.all;
    expect(remakeContracts(files, {})).toEqual([]);
    expect(files.all).toEqual(before);
  });

  it('are regenerated if the .proto file changed, and report the change', () => {
    const files = shop();
    const proto = files.read('proto/orders.proto')!;
    files.write(
      'proto/orders.proto',
      `${proto
        .replace('string message = 1;', 'string text = 1;')
        .replace('service Orders {', 'service Orders {\n  rpc GetURL (Link) returns (Link);')}
message Link {}\n`,
    );
    const changes = 'added Link, LinkInit; changed HelloReply, HelloReplyInit.';
    const add = `add "@Call() readonly getUrl!: UnaryCall<LinkInit, Link>;" where it is wanted.`;
    expect(remakeContracts(files, {})).toEqual([
      `${clientContract}: ${changes}`,
      `apps/gateway/src/clients/orders.client.ts has no property for the rpc GetURL: ${add}`,
      `${serverContract}: ${changes}`,
    ]);
    expect(files.read(serverContract)).toContain('text: string;');
    expect(files.read(clientContract)).toContain('text: string;');
    expect(remakeContracts(files, {})).toHaveLength(1);
  });

  it('say when only what is behind their types has changed', () => {
    const files = shop();
    const proto = files.read('proto/orders.proto')!;
    files.write('proto/orders.proto', proto.replace('name = 1', 'name = 7'));
    expect(remakeContracts(files, { project: 'orders' })).toEqual([
      `${serverContract}: types unchanged, definitions changed.`,
    ]);
  });

  it('are found again by the folders that their imports were found in', () => {
    const files = monorepo();
    files.write('vendor/acme/a.proto', 'syntax = "proto3"; package acme; message A {}');
    const proto = (field: string) =>
      `syntax = "proto3"; package b; import "acme/a.proto"; service B { rpc X (acme.A) returns (M); } message M { ${field} }`;
    files.write('proto/b.proto', proto(''));
    addClient(files, { name: 'b', project: 'gateway', include: 'other,vendor' });
    files.write('proto/b.proto', proto('acme.A a = 1;'));
    expect(remakeContracts(files, {})).toEqual([
      'apps/gateway/src/clients/b.contract.ts: changed M, MInit.',
    ]);
  });

  it('take the folders that package.json names for all', () => {
    const files = monorepo({ type: 'module', grpcDiscovery: { include: ['vendor'] } });
    files.write('vendor/acme/a.proto', 'syntax = "proto3"; package acme; message A {}');
    files.write(
      'proto/b.proto',
      'syntax = "proto3"; package b; import "acme/a.proto"; service B { rpc X (acme.A) returns (acme.A); }',
    );
    addClient(files, { name: 'b', project: 'gateway' });
    expect(remakeContracts(files, {})).toEqual([]);
  });

  it('are left alone where people wrote them, and never written over', () => {
    const files = shop();
    files.write(clientContract, '// Mine.\n');
    expect(remakeContracts(files, {})).toEqual([
      expect.stringContaining(`${clientContract} is unchanged: its first line`),
    ]);
    expect(files.read(clientContract)).toBe('// Mine.\n');
    const add = () => addClient(files, { name: 'orders', project: 'gateway' });
    expect(add).toThrow(ForeignFileError);
    expect(add).toThrow(`${clientContract} should be generated from a .proto file`);
  });

  it('are written all or not at all, with every fault named', () => {
    const files = shop();
    addService(files, { name: 'stock' });
    files.write('proto/orders.proto', 'syntax = "proto3"; message {');
    files.write(
      'proto/stock.proto',
      files.read('proto/stock.proto')!.replace('message = 1', 'm = 1'),
    );
    const before = files.all;
    expect(() => remakeContracts(files, {})).toThrow(InvalidContractsError);
    expect(() => remakeContracts(files, { project: 'orders' })).toThrow(InvalidContractError);
    expect(() => remakeContracts(files, {})).toThrow(
      "The contract proto/orders.proto can't be read",
    );
    expect(files.all).toEqual(before);
  });

  it('are missing in a workspace that has none', () => {
    expect(() => remakeContracts(monorepo(), {})).toThrow('There is no *.contract.ts');
  });
});
