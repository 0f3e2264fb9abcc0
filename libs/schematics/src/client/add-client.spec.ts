import { describe, expect, it } from '@jest/globals';
import {
  InvalidContractError,
  UnreadableModuleError,
  UnsupportedWorkspaceError,
} from '../errors.js';
import { application, monorepo } from '../spec/memory-files.js';
import { addClient } from './add-client.js';

const proto = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "common.proto";
service Orders {
  rpc Get (GetRequest) returns (Order) {}
  rpc List (GetRequest) returns (stream Order) {}
  rpc Import (stream Order) returns (common.Count) {}
  rpc Sync (stream Order) returns (stream Order) {}
}
message GetRequest { string id = 1; }
message Order {
  enum State { OPEN = 0; SENT = 1; }
  message Line { bytes image = 1; double price = 2; }
  string order_id = 1;
  uint64 total = 2;
  State state = 3;
  repeated Line lines = 4;
  map<string, int32> stock = 5;
  google.protobuf.Timestamp sent_at = 6;
  optional string note = 7;
  oneof paid { bool cash = 8; string card = 9; }
}
`;
const common = 'syntax = "proto3"; package common; message Count { uint32 count = 1; }';

describe('a new client', () => {
  function shop() {
    const files = monorepo();
    files.write('proto/orders.proto', proto);
    files.write('proto/common.proto', common);
    return files;
  }
  const client = 'apps/gateway/src/clients/orders.client.ts';
  const contract = 'apps/gateway/src/clients/orders.contract.ts';

  it('has a property of its kind for each rpc', () => {
    const files = shop();
    addClient(files, { name: 'orders', project: 'gateway' });
    const text = files.read(client)!;
    expect(text).toContain("@BalancedClient({ service: 'orders', ...ordersContract })");
    expect(text.match(/readonly .*/g)).toEqual([
      'readonly get!: UnaryCall<GetRequestInit, Order>;',
      'readonly list!: ServerStreamingCall<GetRequestInit, Order>;',
      'readonly import!: ClientStreamingCall<OrderInit, Count>;',
      'readonly sync!: BidiStreamingCall<OrderInit, Order>;',
    ]);
  });

  it('has the types of the messages as they arrive, and as they are sent', () => {
    const files = shop();
    addClient(files, { name: 'orders', project: 'gateway' });
    const text = files.read(contract)!;
    expect(text).toContain("export type Order_State = 'OPEN' | 'SENT';");
    expect(text).toContain(`export interface Order {
  orderId: string;
  total: string;
  state: Order_State;
  lines: Order_Line[];
  stock: { [key: string]: number };
  sentAt: Timestamp | null;
  note?: string;
  cash?: boolean;
  card?: string;
  /** Which of them is there. */
  paid?: 'cash' | 'card';
}`);
    expect(text).toContain(`export interface OrderInit {
  orderId?: string;
  total?: string | number;
  state?: Order_State;
  lines?: Order_LineInit[];
  stock?: { [key: string]: number };
  sentAt?: TimestampInit | null;
  note?: string;
  cash?: boolean;
  card?: string;
}`);
    expect(text).toContain("package: 'shop'");
  });

  it('is provided by the root module, beside DiscoveryModule', () => {
    const files = shop();
    addClient(files, { name: 'orders', project: 'gateway' });
    const text = files.read('apps/gateway/src/app.module.ts')!;
    expect(text).toContain("import { DiscoveryModule } from '@grpc-discovery/nestjs';");
    expect(text).toContain("import { OrdersClient } from './clients/orders.client.js';");
    expect(text).toContain('DiscoveryModule.forRoot(');
    expect(text).toContain('DiscoveryModule.forFeature([OrdersClient])');
    const before = files.all;
    addClient(files, { name: 'orders', project: 'gateway' });
    expect(files.all).toEqual(before);
  });

  it('has a class for each of several services', () => {
    const files = shop();
    files.write(
      'api/two.proto',
      'syntax = "proto3"; package two; message M {} service A { rpc X (M) returns (M); } service B { rpc Y (M) returns (M); }',
    );
    addClient(files, { name: 'two', path: 'api/two.proto', project: 'gateway' });
    const text = files.read('apps/gateway/src/clients/two.client.ts')!;
    expect(text).toContain("rpcService: 'two.A' })\nexport class AClient");
    expect(text).toContain("rpcService: 'two.B' })\nexport class BClient");
  });

  it('goes into the sources of a single application', () => {
    const files = application();
    files.write('proto/common.proto', common);
    files.write('proto/orders.proto', proto);
    addClient(files, { name: 'orders' });
    expect(files.read('src/clients/orders.client.ts')).toContain("from './orders.contract';");
  });

  it.each([
    ['does not exist', undefined],
    ["can't be read", 'syntax = "proto3"; message {'],
    ["can't be read", 'syntax = "proto3"; package a; service A { rpc X (Y) returns (Y); }'],
    ['has no service', 'syntax = "proto3"; package a;'],
    ['has no rpc', 'syntax = "proto3"; package a; service A {}'],
    [
      'has rpcs GetURL and getUrl in a.A',
      'syntax = "proto3"; package a; message M {} service A { rpc GetURL (M) returns (M); rpc getUrl (M) returns (M); }',
    ],
    [
      'imports "other.proto", which is in none of the folders proto, .',
      'syntax = "proto3"; import "other.proto"; service A {}',
    ],
  ])('says of a contract that it %s', (text, content) => {
    const files = monorepo();
    if (content !== undefined) files.write('proto/a.proto', content);
    const add = () => addClient(files, { name: 'a', project: 'gateway' });
    expect(add).toThrow(InvalidContractError);
    expect(add).toThrow(`The contract proto/a.proto ${text}`);
  });

  it('says which applications there are, and which modules it can not change', () => {
    const files = shop();
    const add = (project?: string) => () => addClient(files, { name: 'orders', project });
    expect(add('other')).toThrow(UnsupportedWorkspaceError);
    expect(add('other')).toThrow('its projects: gateway');
    expect(add()).toThrow('application with --project');
    files.write('apps/gateway/src/app.module.ts', 'export class AppModule {}');
    expect(add('gateway')).toThrow(UnreadableModuleError);
  });
});
