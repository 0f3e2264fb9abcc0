import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

export const helloworld = fileURLToPath(
  new URL('../../../../proto/helloworld.proto', import.meta.url),
);

interface Hello {
  readonly request: { readonly name: string };
}

/** A greeter on loopback. It does not greet "nobody". */
export class GreeterServer {
  private readonly server = new Server();
  address = '';

  /** @param reflection Which versions it has. */
  static async start(
    reflection: readonly ('v1' | 'v1alpha')[] = [],
    credentials = ServerCredentials.createInsecure(),
  ): Promise<GreeterServer> {
    const greeter = new GreeterServer();
    const { server } = greeter;
    const contract = loadSync(helloworld);
    server.addService(contract['helloworld.Greeter'] as ServiceDefinition, {
      SayHello: ({ request }: Hello, reply: sendUnaryData<object>) =>
        request.name === 'nobody'
          ? reply({ code: status.NOT_FOUND, details: 'nobody is there' })
          : reply(null, { message: `Hello ${request.name}` }),
      SayHelloStreamReply: (call: ServerWritableStream<{ name: string }, object>) => {
        for (const word of ['Hello', call.request.name]) call.write({ message: word });
        call.end();
      },
    });
    new ReflectionService(contract).addToServer({
      addService: (service, implementation) => {
        const isOf = (version: string) =>
          Object.values(service).some(({ path }) =>
            path.startsWith(`/grpc.reflection.${version}.`),
          );
        if (reflection.some(isOf)) server.addService(service, implementation);
      },
    });
    const bind = promisify<string, ServerCredentials, number>(server.bindAsync.bind(server));
    const port = await bind('127.0.0.1:0', credentials);
    greeter.address = `127.0.0.1:${port}`;
    return greeter;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
