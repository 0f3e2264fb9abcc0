import { isLoopback } from '@grpc-discovery/registry';
import type { EnvoyIngress } from '@grpc-discovery/xds';
import { readFileSync } from 'node:fs';

/** Checked options of the agent. */
export interface AgentOptions {
  /** Where clients reach the control plane: `host:port` or `unix:/path`. */
  readonly listen: string;
  readonly status: HostPort;
  /** Where Envoy accepts calls. */
  readonly ingress: EnvoyIngress;
  /** File with the last known services. */
  readonly snapshot: string | undefined;
  readonly tls:
    { readonly certificate: Buffer; readonly key: Buffer; readonly clientCa: Buffer } | undefined;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Options as the command line gives them. */
export interface GivenOptions {
  readonly central?: boolean;
  readonly host?: boolean;
  readonly listen?: string;
  readonly status: string;
  readonly ingress: string;
  readonly snapshot?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly clientCaFile?: string;
}

/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function agentOptions(given: GivenOptions): AgentOptions {
  if (given.central && given.host) {
    throw new UsageError('--host and --central exclude each other: choose one.');
  }
  const listen = given.listen ?? '127.0.0.1:18000';
  const tls = tlsOptions(given);
  const isLocal = listen.startsWith('unix:') || isLoopback(hostPort(listen, '--listen').host);
  if (!isLocal && !given.central) {
    throw new UsageError(
      `--listen must be on loopback or a unix socket for an agent per host, but is ${listen}. Add --central for one that other hosts reach.`,
    );
  }
  if (!isLocal && !tls) {
    throw new UsageError(
      `--listen ${listen} can be reached by other hosts, so it needs mutual TLS: add --cert-file, --key-file and --client-ca-file.`,
    );
  }
  return {
    listen,
    status: hostPort(given.status, '--status'),
    ingress: hostPort(given.ingress, '--ingress'),
    snapshot: given.snapshot,
    tls,
  };
}

/** @throws UsageError */
export function hostPort(text: string, option: string): HostPort {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? bare;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new UsageError(
      `${option} must be host:port, but is ${JSON.stringify(text.slice(0, 100))}.`,
    );
  }
  return { host, port };
}

function tlsOptions({ certFile, keyFile, clientCaFile }: GivenOptions): AgentOptions['tls'] {
  if (certFile === undefined && keyFile === undefined && clientCaFile === undefined)
    return undefined;
  if (certFile === undefined || keyFile === undefined || clientCaFile === undefined) {
    throw new UsageError(
      'Give --cert-file, --key-file and --client-ca-file together, for mutual TLS.',
    );
  }
  return {
    certificate: fileOf(certFile, '--cert-file'),
    key: fileOf(keyFile, '--key-file'),
    clientCa: fileOf(clientCaFile, '--client-ca-file'),
  };
}

function fileOf(path: string, option: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${option} must name a readable file: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
