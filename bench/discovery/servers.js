// Three greeters in a process of their own, so that the client's CPU time is its own. Prints their addresses.
import { loadSync } from '@grpc/proto-loader';
import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import { greeterProto } from '@grpc-discovery/proto';

const { helloworld } = loadPackageDefinition(loadSync(greeterProto.protoPath, greeterProto.loader));
const addresses = [];
for (const instanceId of ['greeter-1', 'greeter-2', 'greeter-3']) {
  const server = new Server();
  server.addService(helloworld.Greeter.service, {
    SayHello: ({ request }, callback) =>
      callback(null, { message: `Hello ${request.name}`, instanceId }),
  });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  addresses.push(`127.0.0.1:${port}`);
}
process.send(addresses);
process.on('disconnect', () => process.exit(0));
