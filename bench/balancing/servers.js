// Listens at many ports of loopback, in a process of its own so that its CPU is not the client's. Prints the ports.
import { Server, ServerCredentials } from '@grpc/grpc-js';

const count = Number(process.argv[2]);
const bytes = (buffer) => buffer;
const sayHello = {
  path: '/helloworld.Greeter/SayHello',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

const server = new Server({ 'grpc.enable_channelz': 0 });
server.addService({ sayHello }, { sayHello: (call, answer) => answer(null, call.request) });
const ports = [];
for (let i = 0; i < count; i++) {
  ports.push(
    await new Promise((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    ),
  );
}
process.send(ports);
process.on('disconnect', () => process.exit());
