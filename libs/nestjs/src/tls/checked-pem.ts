import { type InvalidOptionError } from '@grpc-discovery/registry';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { printable } from '@grpc-discovery/registry';
import { reason } from '../value-kind.js';
import { invalidOptions } from '../errors.js';

/** A file in PEM, and the option that named it. */
export interface CertificateFile {
  readonly option: string;
  readonly path: string;
}

export type PemPart = 'ca' | 'cert' | 'key';
export type PemFiles = Readonly<Partial<Record<PemPart, CertificateFile>>>;
export type Pem = Readonly<Record<PemPart, Buffer | undefined>>;

/** @throws InvalidOptionError that names the faulty file and the reason */
export function secureContextOf(pem: Pem, files: PemFiles): SecureContext {
  const { ca, cert, key } = pem;
  const authority = parsed(ca, files.ca, CERTIFICATE, (it) => new X509Certificate(it));
  const certificate = parsed(cert, files.cert, CERTIFICATE, (it) => new X509Certificate(it));
  const secret = parsed(key, files.key, 'a PEM file with a private key', createPrivateKey);
  if (certificate && secret && !certificate.checkPrivateKey(secret)) {
    const expected = `the key of the certificate in ${printable(files.cert!.path)}`;
    throw unusable(files.key!, expected, 'is that of another one');
  }
  try {
    return createSecureContext({ ca, cert, key });
  } catch (cause) {
    const file = files.cert ?? files.ca ?? files.key;
    if (!file || !(certificate ?? authority ?? secret)) throw cause;
    throw unusable(file, 'a PEM file that TLS can use', `fails: ${reason(cause)}`, cause);
  }
}

/** @throws InvalidOptionError */
export function unreadable(file: CertificateFile, cause: unknown): InvalidOptionError {
  return unusable(file, 'a PEM file that can be read', `fails: ${reason(cause)}`, cause);
}

const CERTIFICATE = 'a PEM file with a certificate';

function parsed<T>(
  pem: Buffer | undefined,
  file: CertificateFile | undefined,
  expected: string,
  parse: (pem: Buffer) => T,
): T | undefined {
  if (!pem || !file) return undefined;
  try {
    return parse(pem);
  } catch (cause) {
    const found = pem.length === 0 ? 'is empty' : `fails: ${reason(cause)}`;
    throw unusable(file, expected, found, cause);
  }
}

function unusable(
  { option, path }: CertificateFile,
  expected: string,
  found: string,
  cause?: unknown,
): InvalidOptionError {
  const options = cause === undefined ? undefined : { cause };
  return invalidOptions.tls(
    option,
    expected,
    `${printable(path)}, which ${found}`,
    undefined,
    options,
  );
}
