// The control plane with 1,000 services of 10 instances, in its own process. A message { change } changes one service.
import { AdsServer } from '@grpc-discovery/xds';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const [services, instances] = process.argv.slice(2).map(Number);
const endpointsOf = (service, last) =>
  Array.from({ length: instances }, (_, i) => ({
    host: `10.${service >> 8}.${service & 255}.${i + 1}`,
    port: i === 0 ? last : 50051,
    weight: 100,
  }));

const ads = new AdsServer();
for (let i = 0; i < services; i++) {
  ads.setService({ name: `service-${i}`, endpoints: endpointsOf(i, 50051) });
}
const server = new Server();
ads.addTo(server);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.send({ port });
});

process.on('message', ({ change, memory }) => {
  if (change) ads.setService({ name: 'service-0', endpoints: endpointsOf(0, change) });
  if (memory) {
    globalThis.gc?.();
    process.send({ rssMb: process.memoryUsage().rss / 2 ** 20, ...ads.statistics });
  }
});
process.on('disconnect', () => process.exit());
