import { InvalidOptionError, printable } from '@grpc-discovery/registry';

/** The reason of a {@link DiscoverySetupError}. */
export type DiscoverySetupCode =
  /** `discoverable()` has no service to register. */
  | 'missing-service'
  /** The application does not import `DiscoveryModule.forRoot()`. */
  | 'missing-module'
  /** `DiscoveryModule.forRoot()` is imported twice. */
  | 'duplicate-module'
  /** One `forFeature()` provides the same client twice. */
  | 'duplicate-client'
  /** Two clients of one service set different options for its one channel. */
  | 'conflicting-clients'
  /** A client registered after its service's channel was opened sets an option that an open channel can't take. */
  | 'late-client'
  /** Nest uses another copy of grpc-js than the balancing package. */
  | 'second-grpc-js'
  /** `reflection` is set, but `@grpc/reflection` is not installed. */
  | 'missing-reflection'
  /** A worker of `node:cluster` can't have the port of its url for itself. */
  | 'worker-port'
  /** `listen()` after `close()`. */
  | 'server-closed'
  /** `listen()` of a server that already listens. */
  | 'server-listens';

/** The application is set up in a way that can't work; `code` has the reason. */
export class DiscoverySetupError extends Error {
  override readonly name = 'DiscoverySetupError';

  constructor(
    readonly code: DiscoverySetupCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A client or a server does not match its contract, or the contract can't be read; the message has the names. */
export class ClientContractError extends Error {
  override readonly name = 'ClientContractError';

  constructor(
    /** The client, or `discoverable()`. */
    readonly subject: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const setupErrors = {
  missingService: () =>
    new DiscoverySetupError(
      'missing-service',
      'discoverable() registers the server as an instance of a service, but no service is named: set "service" in ' +
        'DiscoveryModule.forRoot({ service: { name } }) or in discoverable({ service: { name } }).',
    ),

  missingModule: (subject: string, options?: ErrorOptions) =>
    new DiscoverySetupError(
      'missing-module',
      `${subject} needs the registry that DiscoveryModule configures, but the application has none: import ` +
        'DiscoveryModule.forRoot({ etcd }) in its root module.',
      options,
    ),

  duplicateModule: (importers: readonly string[]) =>
    new DiscoverySetupError(
      'duplicate-module',
      `DiscoveryModule.forRoot() must be imported once, but is imported by ${importers.join(' and ')}: an application has one ` +
        'registry. Keep it in the root module; it is global. Add clients with forFeature().',
    ),

  duplicateClient: (client: string) =>
    new DiscoverySetupError(
      'duplicate-client',
      `DiscoveryModule.forFeature() names ${client} twice: one would replace the other. Remove one.`,
    ),

  /** @param option An option of the channel, or the path of an rpc. */
  conflictingClients: (service: string, option: string, clients: readonly [string, string]) =>
    new DiscoverySetupError(
      'conflicting-clients',
      `All clients of service "${service}" share one channel, but ${clients.join(' and ')} differ in "${option}": set it in one ` +
        'of them, or to the same value in both.',
    ),

  lateClient: (service: string, option: string) =>
    new DiscoverySetupError(
      'late-client',
      `The channel of service "${service}" is open, but a client of a module that was loaded later sets "${option}", which an ` +
        "open channel can't take: set it in a client of a module that is loaded at start, too.",
    ),

  secondGrpcJs: () =>
    new DiscoverySetupError(
      'second-grpc-js',
      'Two copies of @grpc/grpc-js are installed: @nestjs/microservices uses another one than @grpc-discovery/balancing, and ' +
        "clients of one can't use channels of the other. Install @grpc/grpc-js@~1.14.4 once, beside @nestjs/microservices; " +
        '"npm ls @grpc/grpc-js" shows where each comes from.',
    ),

  missingReflection: (cause: unknown) =>
    new DiscoverySetupError(
      'missing-reflection',
      "discoverable({ reflection: true }) needs the package @grpc/reflection, which can't be loaded: install it, or omit the " +
        'option.',
      { cause },
    ),

  workerPort: (url: string, cause: Error) =>
    new DiscoverySetupError(
      'worker-port',
      `A worker of node:cluster can't bind "${url}" for itself: ${cause.message}. Each worker is an instance with its own port: ` +
        'use port 0, as in "0.0.0.0:0".',
      { cause },
    ),

  serverClosed: (service: string) =>
    new DiscoverySetupError(
      'server-closed',
      `The server of service "${service}" does not listen, as close() was called before it served. Nothing is registered. ` +
        'Create a new application to serve again.',
    ),

  serverListens: (service: string) =>
    new DiscoverySetupError(
      'server-listens',
      `The server of service "${service}" already listens: call listen(), or app.startAllMicroservices(), once.`,
    ),
};

export const contractErrors = {
  mismatch: (subject: string, expected: string, known: readonly string[]) => {
    const has = known.length > 0 ? known.join(', ') : 'none';
    return new ClientContractError(
      subject,
      `${subject} ${expected}; the contract has ${printable(has)}.`,
    );
  },

  /** A class of `forFeature` without `@BalancedClient`. */
  missingMetadata: (className: string) =>
    new ClientContractError(
      className,
      `DiscoveryModule.forFeature() provides classes that name their service and contract, but ${className} names none: ` +
        'decorate it with @BalancedClient({ service, ...contract }).',
    ),

  unknownPackage: (subject: string, packageName: string, known: readonly string[]) => {
    const has = known.map((it) => (it === '' ? 'no package' : `package "${it}"`)).join(', ');
    return new ClientContractError(
      subject,
      `${subject} names package "${printable(packageName)}", but its .proto file has ${printable(has)}: use the name in the ` +
        "file, '' for none.",
    );
  },

  unreadable: (subject: string, protoPaths: readonly string[], cause: unknown) => {
    const { message } = cause as Error;
    const named = protoPaths.length > 0 ? ` (protoPath ${protoPaths.join(', ')})` : '';
    return new ClientContractError(
      subject,
      `${printable(message)}: the contract of ${subject}${named} can't be read. A relative protoPath starts at the working ` +
        `directory, ${process.cwd()}; imports are also searched in loader.includeDirs.`,
      { cause },
    );
  },
};

export const invalidOptions = {
  serverUrl: (given: string, expected: string) =>
    new InvalidOptionError(
      'url',
      expected,
      `"${given}"`,
      'Bind a TCP port, like "0.0.0.0:50051" or "[::]:0".',
    ),

  advertisedAddress: (option: string, given: string, cause: unknown) =>
    new InvalidOptionError(
      option,
      '"host" or "host:port" as clients can dial it',
      `"${given}"`,
      'Name the host that clients reach, not a wildcard; without a port, the bound one is advertised.',
      cause,
    ),

  /**
   * @param found What the name matches instead.
   * @param host The addresses of this host: `eth0 10.0.0.5, lo 127.0.0.1`.
   */
  advertisedInterface: (option: string, given: string, found: string, host: string) =>
    new InvalidOptionError(
      option,
      'an interface or a network with one address of this host that the server listens on',
      `"${given}", which ${found}`,
      `This host has ${host}. Name one interface, a narrower network such as "10.1.0.0/16", or the address itself.`,
    ),

  tls: (
    option: string,
    expected: string,
    given: string,
    remedy = 'Check the path, its permissions, and that key and certificate belong together.',
    cause?: unknown,
  ) => new InvalidOptionError(option, expected, given, remedy, cause),
};
