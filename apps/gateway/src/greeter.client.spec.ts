import { createTestFleet, DiscoveryTestingModule } from '@grpc-discovery/nestjs/testing';
import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { AppModule } from './app.module.js';
import { GreeterClient } from './greeter.client.js';

it('spreads calls equally over three greeters', async () => {
  const fleet = await createTestFleet({ greeter: 3 });
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const app = await DiscoveryTestingModule.override(builder, fleet).compile();
  await fleet.whenConnected('greeter');
  for (let i = 0; i < 30; i++) await app.get(GreeterClient).sayHello({ name: 'you' });
  expect(fleet.calls('greeter')).toEqual({ 'greeter-1': 10, 'greeter-2': 10, 'greeter-3': 10 });
  await app.close();
  await fleet.close();
});
