import cluster from 'node:cluster';
import {
  Server,
  type ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { OwnPort } from './own-port.js';

/** A server that can name its services, whoever added them: Nest, or the application in `onLoadPackageDefinition`. */
export class ListingServer extends Server {
  private readonly names = new Set<string>();
  private ownPort: OwnPort | undefined;

  /** With their packages: `helloworld.Greeter`. */
  get serviceNames(): readonly string[] {
    return [...this.names];
  }

  /**
   * Binds a port that is this process's own, and returns it.
   * @throws Error, or WorkerPortError in a worker of `node:cluster`, when it can't be bound.
   */
  async listen(url: string, credentials: ServerCredentials): Promise<number> {
    if (!cluster.isWorker) return this.bindShared(url, credentials);
    this.ownPort = await OwnPort.bind(url, this.createConnectionInjector(credentials));
    return this.ownPort.number;
  }

  override addService(
    service: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): void {
    super.addService(service, implementation);
    for (const { path } of Object.values(service)) this.names.add(path.split('/')[1] ?? '');
  }

  override tryShutdown(callback: (error?: Error) => void): void {
    this.ownPort?.close();
    super.tryShutdown(callback);
  }

  override forceShutdown(): void {
    this.ownPort?.close();
    super.forceShutdown();
  }

  private bindShared(url: string, credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.bindAsync(url, credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  }
}
