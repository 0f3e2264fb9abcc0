import { until } from '@grpc-discovery/test-support';
import { expect, it } from '@jest/globals';
import { Backend } from './spec/backends.js';
import { describeXdsClient } from './spec/client-contract.js';
import { ControlPlane } from './spec/control-plane.js';
import { GrpcJsClient } from './spec/grpc-js-client.js';

describeXdsClient({
  name: 'grpc-js-xds',
  start: ({ port }) => GrpcJsClient.start(port),
  ...{ waits: true, hasTimeouts: true, userAgent: /^gRPC Node/, protocol: 'sotw' },
});

it('A client that closes its channel and dials again gets its resources again', async () => {
  const backend = await new Backend('a').start();
  const plane = new ControlPlane();
  await plane.start((ads) => ads.setService({ name: 'greeter', endpoints: [backend.endpoint] }));
  const client = await GrpcJsClient.start(plane.port);
  const subscribed = () =>
    plane.ads.state.flatMap(({ subscriptions }) => subscriptions.map(({ names }) => names));
  const call = () => client.calls({ service: 'greeter', count: 1 });
  expect(await call()).toEqual({ a: 1 });
  await client.closeChannel('greeter');
  await until('it has unsubscribed', () => subscribed().every((names) => names === 0));
  expect(await call()).toEqual({ a: 1 });
  await client.stop();
  plane.stop();
  backend.stop();
});
