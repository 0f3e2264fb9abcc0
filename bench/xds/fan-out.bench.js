// How long a change takes to reach the last of many clients of the control plane, against one client alone in the same run, and
// what memory the control plane needs.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import {
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '../../libs/xds/dist/gen/envoy/service/discovery/v3/discovery_pb.js';
import { median, table } from '../figures.js';

const SERVICES = 1_000;
const INSTANCES = 10;
const STREAMS = [1, 300];
const CHANGES = 30;
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
const PATH = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

const plane = fork(
  fileURLToPath(new URL('control-plane.js', import.meta.url)),
  [String(SERVICES), String(INSTANCES)],
  { execArgv: ['--expose-gc'] },
);
const [{ port }] = await once(plane, 'message');

let nextPort = 40_000;
const rows = [];
for (const streams of STREAMS) rows.push(await measure(streams));
plane.disconnect();

table(['streams', 'median, ms', 'slowest of 30, ms', 'memory, MB'], rows);
console.log(
  `\n${SERVICES} services of ${INSTANCES} instances; 10 ms of each are the pause in which changes gather.`,
);

async function measure(streams) {
  let received = 0;
  let resolveAll;
  const allReceived = () => {
    received = 0;
    return new Promise((resolve) => (resolveAll = resolve));
  };
  const first = allReceived();
  const clients = Array.from({ length: streams }, () =>
    subscribe(() => ++received === streams && resolveAll()),
  );
  await first;
  const times = [];
  for (let i = 0; i < CHANGES; i++) {
    const all = allReceived();
    const startedAt = performance.now();
    plane.send({ change: nextPort++ });
    await all;
    times.push(performance.now() - startedAt);
  }
  plane.send({ memory: true });
  const [{ rssMb }] = await once(plane, 'message');
  for (const client of clients) client.close();
  const figures = [median(times), Math.max(...times), rssMb];
  return [String(streams), ...figures.map((figure) => figure.toFixed(0))];
}

/** A client with its own connection, which acknowledges each response. */
function subscribe(onResponse) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const stream = client.makeBidiStreamRequest(
    PATH,
    (message) => Buffer.from(toBinary(DiscoveryRequestSchema, message)),
    (bytes) => fromBinary(DiscoveryResponseSchema, bytes),
  );
  const send = (fields) => {
    const request = { typeUrl: ENDPOINTS, resourceNames: ['service-0'], ...fields };
    stream.write(create(DiscoveryRequestSchema, request));
  };
  stream.on('data', ({ nonce, versionInfo }) => {
    send({ responseNonce: nonce, versionInfo });
    onResponse();
  });
  stream.on('error', () => undefined);
  send({ node: { id: 'bench' } });
  return {
    close: () => {
      stream.cancel();
      client.close();
    },
  };
}
