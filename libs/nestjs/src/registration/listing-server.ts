import { Server, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';

/** A server that can name its services, whoever added them: Nest, or the application in `onLoadPackageDefinition`. */
export class ListingServer extends Server {
  private readonly names = new Set<string>();

  /** With their packages: `helloworld.Greeter`. */
  get serviceNames(): readonly string[] {
    return [...this.names];
  }

  override addService(
    service: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): void {
    super.addService(service, implementation);
    for (const { path } of Object.values(service)) this.names.add(path.split('/')[1] ?? '');
  }
}
