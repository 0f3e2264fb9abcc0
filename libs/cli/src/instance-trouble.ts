import { plainCause } from '@grpc-discovery/registry';
import type { InstanceSecurity } from './instance-security.js';

/** What the command line can do about a failed connection, by the words of `plainCause`. */
const REMEDIES: readonly (readonly [cause: RegExp, remedy: string])[] = [
  [/before HTTP\/2 began/, 'if its server has TLS, give --tls'],
  [
    /before TLS began|speaks no TLS/,
    'if its server has no TLS, leave out the --tls options and the variables GRPC_TLS_…',
  ],
  [/no CA that is trusted/, 'name the CA that signed it with --tls-ca-file'],
  [
    /altnames/,
    'certificates must have the name of the service: give another name with --tls-server-name',
  ],
  [
    /refuses the TLS handshake/,
    'give a certificate that it trusts with --tls-cert-file and --tls-key-file',
  ],
];

/** Why an instance can't be reached, without the wrapping of other layers. */
export function connectionCause(text: string): string {
  return plainCause(text.replaceAll(/\s+/g, ' '));
}

/** The remedy, as the end of a sentence; `''` if none is known. */
export function connectionRemedy(cause: string, { isSecure }: InstanceSecurity): string {
  // Without TLS there is no certificate to speak of.
  const found = REMEDIES.find(([pattern]) => pattern.test(cause));
  if (found === undefined || (isSecure && found[1].includes('give --tls'))) return '';
  return `; ${found[1]}`;
}

/** The details of a status, with the cause first where they end in what an instance could not be connected for. */
export function callTrouble(details: string, security: InstanceSecurity): string {
  const match = /^(.*?)\.? Last error: (?:(\S+:\d+): )?(.*)$/s.exec(details);
  if (!match) return connectionCause(details);
  const [, what = '', address = '', raw = ''] = match;
  const cause = connectionCause(raw);
  const at = cause.includes(address) ? '' : `, at ${address}`;
  return `${cause}: ${what}${at}${connectionRemedy(cause, security)}`;
}
