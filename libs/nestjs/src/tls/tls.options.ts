import {
  durationMs,
  filledText,
  optional,
  required,
  withDefault,
  type OptionTable,
} from '@grpc-discovery/registry/options';

/** How a server made by `discoverable()` proves who it is. Files hold PEM and are read again while it serves. */
export interface ServerTlsOptions {
  /** The server's certificate, followed by the intermediate ones up to its CA. */
  readonly certFile: string;
  /** Its private key. */
  readonly keyFile: string;
  /**
   * The CA that must have signed the certificate of each client (mutual TLS).
   * @default clients need no certificate
   */
  readonly clientCaFile?: string;
  /**
   * How often the files are read again, in milliseconds. New connections use what they hold then; open ones stay.
   * @default 10_000
   */
  readonly refreshMs?: number;
}

/** How clients know a server, and prove who they are. Files hold PEM and are read again while the channel is open. */
export interface ClientTlsOptions {
  /**
   * The CA that must have signed the certificate of each instance.
   * @default those that Node trusts
   */
  readonly caFile?: string;
  /**
   * The certificate of this client, for servers that ask for one; needs `keyFile`.
   * @default none
   */
  readonly certFile?: string;
  /** Its private key. @default none */
  readonly keyFile?: string;
  /**
   * The name that the certificates of the instances are checked for. Instances are dialled by their addresses, which come
   * and go: their certificates name the service instead.
   * @default the name of the service
   */
  readonly serverName?: string;
  /**
   * How often the files are read again, in milliseconds. New connections use what they hold then; open ones stay.
   * @default 10_000
   */
  readonly refreshMs?: number;
}

const file = filledText('Give the path of a file in PEM.');
const refreshMs = withDefault(durationMs(), 10_000, 'how often the files are read again');

export const serverTlsTable = {
  certFile: required(file, "the server's certificate"),
  keyFile: required(file, 'its private key'),
  clientCaFile: optional(file, "the CA of the clients' certificates"),
  refreshMs,
} satisfies OptionTable<ServerTlsOptions>;

export const clientTlsTable = {
  caFile: optional(file, "the CA of the instances' certificates"),
  certFile: optional(file, "the client's certificate"),
  keyFile: optional(file, 'its private key'),
  serverName: optional(
    filledText('Leave it out for the name of the service.'),
    'the name that the certificates of the instances are checked for',
  ),
  refreshMs,
} satisfies OptionTable<ClientTlsOptions>;
