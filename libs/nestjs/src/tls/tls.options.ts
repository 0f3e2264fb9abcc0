import {
  durationMs,
  filledText,
  optional,
  required,
  withDefault,
  type OptionTable,
} from '@grpc-discovery/registry/options';

/** TLS of a server. Files contain PEM and are reread while it serves. */
export interface ServerTlsOptions {
  /** The server's certificate, followed by its intermediate certificates. */
  readonly certFile: string;
  /** Its private key. */
  readonly keyFile: string;
  /**
   * The CA that must have signed the certificate of each client (mutual TLS).
   * @default clients need no certificate
   */
  readonly clientCaFile?: string;
  /**
   * How often the files are reread, in milliseconds. New connections use the new contents; open ones stay.
   * @default 10_000
   */
  readonly refreshMs?: number;
}

/** TLS of clients. Files contain PEM and are reread while the channel is open. */
export interface ClientTlsOptions {
  /**
   * The CA that must have signed the certificate of each instance.
   * @default the CAs that Node trusts
   */
  readonly caFile?: string;
  /**
   * The certificate of this client, for mutual TLS; needs `keyFile`.
   * @default none
   */
  readonly certFile?: string;
  /** Its private key. @default none */
  readonly keyFile?: string;
  /**
   * The name that the instances' certificates must have. Certificates name the service instead of the instances' addresses,
   * which change.
   * @default the name of the service
   */
  readonly serverName?: string;
  /**
   * How often the files are reread, in milliseconds. New connections use the new contents; open ones stay.
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
