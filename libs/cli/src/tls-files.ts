import { createSecureContext } from 'node:tls';
import { UsageError } from './errors.js';
import { readPem, type Given } from './option-values.js';

/** A file if given, and the options that can name it. */
type Part = readonly [given: Given | undefined, options: string];

/** @throws UsageError when one of certificate and key is given without the other one */
export function assertPair(whose: string, certificate: Part, key: Part): void {
  const [there] = certificate[0] ? certificate : key;
  const [missing, options] = certificate[0] ? key : certificate;
  if (there === undefined || missing !== undefined) return;
  const what = certificate[0] ? 'key' : 'certificate';
  throw new UsageError(
    `${there.source} is given without its ${what}: also give ${options} for mutual TLS ${whose}.`,
  );
}

/** @throws UsageError when a file can't be read, or they do not fit together */
export function assertTogether(
  ca: Given | undefined,
  certificate: Given | undefined,
  key: Given | undefined,
): void {
  const files = {
    ca: ca && readPem(ca),
    cert: certificate && readPem(certificate),
    key: key && readPem(key),
  };
  try {
    createSecureContext(files);
  } catch (cause) {
    const sources = [ca, certificate, key].flatMap((each) => each?.source ?? []);
    throw new UsageError(
      `${sources.join(', ')} must name PEM files that belong together, without a passphrase, but Node refuses them ` +
        `(${(cause as Error).message}).`,
      { cause },
    );
  }
}
