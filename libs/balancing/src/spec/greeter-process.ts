import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Answers with its address. Plain JavaScript: it runs without a build. */
const SCRIPT = `
import { Server, ServerCredentials } from '@grpc/grpc-js';
const bytes = (buffer) => buffer;
const method = {
  path: '/helloworld.Greeter/SayHello', requestStream: false, responseStream: false,
  requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes,
};
const server = new Server();
let address;
server.addService({ sayHello: method }, { sayHello: (_, answer) => answer(null, Buffer.from(address)) });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  address = '127.0.0.1:' + port;
  console.log(address);
});
`;

/** A greeter in a process of its own, which can be frozen. */
export class GreeterProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
  ) {}

  static async start(): Promise<GreeterProcess> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [address] = (await once(createInterface(child.stdout), 'line')) as [string];
    return new GreeterProcess(child, address);
  }

  /** SIGSTOP: connections stay open, new ones are accepted by the kernel, and nothing answers. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}
