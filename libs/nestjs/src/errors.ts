import { InvalidOptionError, printable } from '@grpc-discovery/registry';

/** A server's url that no client could dial. */
export class InvalidServerUrlError extends InvalidOptionError {
  override readonly name = 'InvalidServerUrlError';

  constructor(given: string, expected: string) {
    super('url', expected, `"${given}"`, 'Bind a TCP port, like "0.0.0.0:50051" or "[::]:0".');
  }
}

/** A worker of `node:cluster` that can't have the port of its url for itself. */
export class WorkerPortError extends Error {
  override readonly name = 'WorkerPortError';

  constructor(url: string, options: { readonly cause: Error }) {
    super(
      `A worker of node:cluster can't bind "${url}" for itself: ${options.cause.message}. Each worker is an instance of its ` +
        'own, which clients reach at a port of its own: use port 0, as in "0.0.0.0:0".',
      options,
    );
  }
}

/** An advertised address that no client could dial. */
export class InvalidAdvertisedAddressError extends InvalidOptionError {
  override readonly name = 'InvalidAdvertisedAddressError';

  constructor(option: string, given: string, cause: unknown) {
    super(
      option,
      '"host" or "host:port" as clients can dial it',
      `"${given}"`,
      'Name the host that clients reach, not a wildcard; without a port, the bound one is advertised.',
    );
    this.cause = cause;
  }
}

/** A bound of the drain that can't be held. */
export class InvalidDrainError extends InvalidOptionError {
  override readonly name = 'InvalidDrainError';
}

/** Certificates that can't be used. */
export class InvalidTlsError extends InvalidOptionError {
  override readonly name = 'InvalidTlsError';

  constructor(
    option: string,
    expected: string,
    given: string,
    remedy = 'Check the path, its permissions, and that key and certificate belong together.',
    options?: ErrorOptions,
  ) {
    super(option, expected, given, remedy);
    if (options) this.cause = options.cause;
  }
}

/** An option of `@Call` or `@BalancedClient` that can't work. */
export class InvalidClientOptionError extends InvalidOptionError {
  override readonly name = 'InvalidClientOptionError';

  constructor(
    /** The class and the property: `GreeterClient.sayHello`. */
    readonly subject: string,
    option: string,
    expected: string,
    given: string,
    remedy: string,
  ) {
    super(`${subject} ${option}`, expected, given, remedy);
  }

  /** The class for one subject, as tables of options take it. */
  static of(subject: string) {
    return class extends InvalidClientOptionError {
      constructor(option: string, expected: string, given: string, remedy: string) {
        super(subject, option, expected, given, remedy);
      }
    };
  }
}

/** `discoverable()` was given no service to register. */
export class MissingServiceError extends Error {
  override readonly name = 'MissingServiceError';

  constructor() {
    super(
      'discoverable() registers the server as an instance of a service, and none is named: set "service" in ' +
        'DiscoveryModule.forRoot({ service: { name } }) or in discoverable({ service: { name } }).',
    );
  }
}

/** `discoverable()` or `forFeature()` was used in an application without `DiscoveryModule.forRoot()`. */
export class MissingDiscoveryModuleError extends Error {
  override readonly name = 'MissingDiscoveryModuleError';

  constructor(options?: ErrorOptions, subject = 'discoverable()') {
    super(
      `${subject} needs the registry that DiscoveryModule configures, and the application has none: import ` +
        'DiscoveryModule.forRoot({ etcd }) in its root module.',
      options,
    );
  }
}

/** A class was handed to `DiscoveryModule.forFeature` that is no client. */
export class MissingClientMetadataError extends Error {
  override readonly name = 'MissingClientMetadataError';

  constructor(readonly className: string) {
    super(
      `DiscoveryModule.forFeature() provides classes that say which service they call, and ${className} does not: ` +
        `decorate it with @BalancedClient({ service, ...contract }).`,
    );
  }
}

/** A client does not fit the contract it names. */
export class ClientContractError extends Error {
  override readonly name = 'ClientContractError';

  constructor(
    readonly client: string,
    expected: string,
    known: readonly string[],
  ) {
    const has = known.length > 0 ? known.join(', ') : 'none';
    super(`${client} ${expected}; the contract has ${printable(has)}.`);
  }
}

/** The contract of a client or a server has nothing in the package that it names. */
export class UnknownPackageError extends Error {
  override readonly name = 'UnknownPackageError';

  constructor(
    /** Whose contract it is. */
    readonly subject: string,
    readonly packageName: string,
    known: readonly string[],
  ) {
    const has = known.map((it) => (it === '' ? 'no package' : `package "${it}"`)).join(', ');
    super(
      `${subject} names package "${printable(packageName)}", and its .proto file has ${printable(has)}: name it as the file does, '' ` +
        'for none.',
    );
  }
}

/** The contract of a client or a server can't be read. */
export class UnreadableContractError extends Error {
  override readonly name = 'UnreadableContractError';

  constructor(
    /** Whose contract it is. */
    readonly subject: string,
    readonly protoPaths: readonly string[],
    cause: unknown,
  ) {
    const { message } = cause as Error;
    const named = protoPaths.length > 0 ? ` (protoPath ${protoPaths.join(', ')})` : '';
    super(
      `${printable(message)}: the contract of ${subject}${named} can't be read. A relative protoPath starts at the working ` +
        `directory, ${process.cwd()}; imports are looked for in loader.includeDirs, too.`,
      { cause },
    );
  }
}

/** One `forFeature` provides the same client twice. */
export class DuplicateClientError extends Error {
  override readonly name = 'DuplicateClientError';

  constructor(readonly client: string) {
    super(
      `DiscoveryModule.forFeature() names ${client} twice: one of them would take the place of the other. Remove one.`,
    );
  }
}

/** `DiscoveryModule.forRoot` was imported twice. */
export class DuplicateDiscoveryModuleError extends Error {
  override readonly name = 'DuplicateDiscoveryModuleError';

  constructor(readonly importers: readonly string[]) {
    super(
      `DiscoveryModule.forRoot() belongs into one module, and is imported by ${importers.join(' and ')}: an application has one ` +
        'registry. Keep it in the root module; it is global. Clients come by forFeature().',
    );
  }
}

/** A client registered after its service's channel was opened sets an option that an open channel can't take. */
export class LateClientError extends Error {
  override readonly name = 'LateClientError';

  constructor(
    readonly service: string,
    readonly option: string,
  ) {
    super(
      `The channel of service "${service}" is open, and a client of a module that was loaded later says "${option}", which only ` +
        'counts when it is opened: say it in a client of a module that is loaded at start, too.',
    );
  }
}

/** Nest makes clients by another copy of grpc-js than the one that discovery channels are made by. */
export class SecondGrpcJsError extends Error {
  override readonly name = 'SecondGrpcJsError';

  constructor() {
    super(
      'Two copies of @grpc/grpc-js are installed: @nestjs/microservices uses another one than @grpc-discovery/balancing, and ' +
        "clients of one can't use channels of the other. Install @grpc/grpc-js@~1.14.4 once, beside @nestjs/microservices; " +
        '"npm ls @grpc/grpc-js" shows where each comes from.',
    );
  }
}

/** Two clients of one service set different options for its one channel. */
export class ConflictingClientsError extends Error {
  override readonly name = 'ConflictingClientsError';

  constructor(
    readonly service: string,
    /** An option of the channel, or the path of an rpc. */
    readonly subject: string,
    readonly clients: readonly [string, string],
  ) {
    super(
      `All clients of service "${service}" share one channel, and ${clients.join(' and ')} differ in ` +
        `"${subject}": say it in one of them, or the same in both.`,
    );
  }
}

/** A setting of the readiness checks that can't work. */
export class InvalidReadinessError extends InvalidOptionError {
  override readonly name = 'InvalidReadinessError';
}

/** `reflection` is set, but the package that implements it is not installed. */
export class MissingReflectionError extends Error {
  override readonly name = 'MissingReflectionError';

  constructor(options?: ErrorOptions) {
    super(
      'discoverable({ reflection: true }) needs the package @grpc/reflection, which can not be loaded: install it, or leave ' +
        'the option out.',
      options,
    );
  }
}

/** An advertised address that names an interface or a network, and not just one address of this host. */
export class AdvertisedInterfaceError extends InvalidOptionError {
  override readonly name = 'AdvertisedInterfaceError';

  /**
   * @param found What it names instead, in words.
   * @param host What this host has: `eth0 10.0.0.5, lo 127.0.0.1`.
   */
  constructor(option: string, given: string, found: string, host: string) {
    super(
      option,
      'an interface or a network with one address of this host that the server listens on',
      `"${given}", which ${found}`,
      `This host has ${host}. Name one interface, a narrower network such as "10.1.0.0/16", or the address itself.`,
    );
  }
}

/** `listen()` of a server that was closed, before or meanwhile. */
export class ServerClosedError extends Error {
  override readonly name = 'ServerClosedError';

  constructor(service: string) {
    super(
      `The server of service "${service}" does not listen, as close() was called before it served. Nothing is registered. ` +
        'Create the application anew to serve again.',
    );
  }
}

/** A second `listen()` of a server that listens, or is about to. */
export class ServerListensError extends Error {
  override readonly name = 'ServerListensError';

  constructor(service: string) {
    super(
      `The server of service "${service}" listens already, and goes on: call listen(), or app.startAllMicroservices(), once.`,
    );
  }
}
