/** Control characters, those that change the direction of text, and those that break lines. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * Makes foreign text safe to show: escapes, as JSON does, what would move a cursor, clear a screen, reverse text or start a line.
 * @param kept Characters to leave as they are, such as your own line breaks.
 */
export function printable(text: string, kept = ''): string {
  return text.replace(UNPRINTABLE, (character) =>
    kept.includes(character)
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value for a message: short, on one line, strings quoted. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return printable(JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value));
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

/** A count with its noun: `1 instance`, `2 instances`. @param plural @default the noun with `s` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Wrappings of grpc-js, Node, OpenSSL and etcd around the cause of a failure, and their replacements. */
const FRAMES: readonly (readonly [frame: RegExp, inner: string])[] = [
  // `14 UNAVAILABLE: …`, as grpc-js writes a status.
  [/^\d{1,2} [A-Z_]+: /, ''],
  [/^No connection established\. Last error: (.*?)(\. Resolution note: .*)?$/, '$1'],
  [
    /^Name resolution failed for target (?:dns:)?(.*?)(?::\d+)?(?: \(.*\))?$/,
    'the name of $1 has no address',
  ],
  // From `Error.toString()`, with Node's code.
  [/^[A-Z]?\w*Error(?: \[\w+\])?: /, ''],
  // The time of an attempt.
  [/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, ''],
  [/^[\dA-F]+:error:[\dA-F]+:(?:SSL routines:)?\w*:([^:]+):.*$/, '$1'],
  [/^write EPROTO .*?:error:[\dA-F]+:(?:SSL routines:)?\w*:([^:]+):.*$/, '$1'],
  [/^etcdserver: /, ''],
  [/^mvcc: /, ''],
];

/** Texts that only people who know their program understand, and plain words for them. */
const WORDS: readonly (readonly [foreign: RegExp, plain: string])[] = [
  [
    /^.*(?:first certificate|self-signed certificate|issuer certificate).*$/,
    'the certificate is signed by no CA that is trusted here ($&)',
  ],
  [
    /^Failed to connect$|^Connection dropped|^socket hang up$/,
    'the other side closed the connection before HTTP/2 began',
  ],
  [/^Protocol error$/i, 'the other side speaks no HTTP/2'],
  [
    /^Client network socket disconnected before secure TLS connection was established$/,
    'the other side closed the connection before TLS began',
  ],
  [
    /^wrong version number$|^packet length too long$|^http request$/,
    'the other side speaks no TLS',
  ],
  [/^(?:tls|ssl)v?\d*(?:v\d+)? alert (.*)$/, 'the other side refuses the TLS handshake: $1'],
];

/** The cause of a failure alone: `connect ECONNREFUSED 127.0.0.1:2379`. */
export function plainCause(text: string): string {
  let plain = text;
  for (const [frame, inner] of FRAMES) plain = plain.replace(frame, inner);
  for (const [foreign, words] of WORDS) plain = plain.replace(foreign, words);
  return plain.replace(/[\s.:]+$/, '') || text;
}

const CA = 'name the CA that signed it (tls.caFile; --ca-file of the command line)';
const CLIENT_CERTIFICATE =
  'name a certificate and key that its CA has signed (tls.certFile and tls.keyFile; --cert-file and --key-file of the command line)';

/** Remedies by cause, in the words of {@link plainCause}. */
const REMEDIES: readonly (readonly [cause: RegExp, remedy: string])[] = [
  [/before HTTP\/2 began/, 'if etcd has TLS, write https:// in its hosts'],
  [/speaks no HTTP\/2/, "check that the hosts name etcd's port for clients"],
  [/before TLS began|speaks no TLS/, 'if etcd has no TLS, write http:// in its hosts'],
  [/ECONNREFUSED/, 'check that etcd runs there, and host and port'],
  [/has no address|ENOTFOUND|EAI_AGAIN/, 'check the spelling of the host, and the name server'],
  [/accepted no connection/, 'check that host and port are right, and that no firewall is between'],
  [
    /altnames/,
    'use a host that the certificate names, or say which it is for (tls.serverName; --server-name of the command line)',
  ],
  [
    /certificate has expired|certificate is not yet valid/,
    "renew etcd's certificate, or set this machine's clock",
  ],
  [/no CA that is trusted|certificate signature/, CA],
  [/refuses the TLS handshake: .*(?:certificate|unknown ca)/, CLIENT_CERTIFICATE],
  [/refuses the TLS handshake/, 'check which versions of TLS etcd takes'],
  [/authentication failed/, 'check the user and its password'],
  [/authentication is not enabled/, 'leave the user out, or switch authentication on in etcd'],
  [
    /user name is empty/,
    'name a user and its password (auth; --user and ETCD_PASSWORD of the command line)',
  ],
  [/permission denied/, 'check the user, and what its roles allow'],
  [/database space exceeded/, 'compact and defragment etcd, and disarm its alarm'],
];

/** @returns undefined if no remedy is known */
export function remedyFor(cause: string): string | undefined {
  return REMEDIES.find(([pattern]) => pattern.test(cause))?.[1];
}
