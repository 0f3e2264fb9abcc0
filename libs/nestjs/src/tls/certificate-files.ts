import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { InvalidTlsError } from '../errors.js';

/** A file in PEM, and the option that named it. */
export interface CertificateFile {
  readonly option: string;
  readonly path: string;
}

/** What the files held when they last fitted together. */
export interface Certificates {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly context: SecureContext;
}

const PARTS = ['ca', 'cert', 'key'] as const;
type Part = (typeof PARTS)[number];
type Parts = Pick<Certificates, Part>;

export interface CertificateFilesOptions {
  readonly files: Readonly<Partial<Record<Part, CertificateFile>>>;
  readonly refreshMs: number;
  readonly warn: (message: string) => void;
}

/**
 * Certificates that are read again and again: by content and not by file-system events, which a mounted secret, being a
 * symbolic link that is turned round, does not give. Files that can't be read or do not fit, as one is replaced before the
 * other, leave the last good ones in use.
 */
export class CertificateFiles {
  private latest: Certificates;
  private readonly timer: NodeJS.Timeout;
  private readonly listeners = new Set<(certificates: Certificates) => void>();
  private told: string | undefined;

  /** @throws InvalidTlsError when a file can't be read or they do not fit together */
  constructor(private readonly options: CertificateFilesOptions) {
    const { ca, cert, key } = options.files;
    this.latest = this.checked({ ca: readNow(ca), cert: readNow(cert), key: readNow(key) });
    this.timer = setInterval(() => void this.refresh(), options.refreshMs).unref();
  }

  get current(): Certificates {
    return this.latest;
  }

  onChange(listener: (certificates: Certificates) => void): void {
    this.listeners.add(listener);
  }

  /** Reads no more. Safe to call twice. */
  close(): void {
    clearInterval(this.timer);
    this.listeners.clear();
  }

  private async refresh(): Promise<void> {
    try {
      const { ca, cert, key } = this.options.files;
      const [latestCa, latestCert, latestKey] = await Promise.all([ca, cert, key].map(read));
      const parts = { ca: latestCa, cert: latestCert, key: latestKey };
      if (PARTS.every((part) => isSame(parts[part], this.latest[part]))) return;
      this.latest = this.checked(parts);
      this.told = undefined;
      for (const listener of this.listeners) listener(this.latest);
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.told) {
        this.options.warn(`Certificates are not renewed, the last ones stay in use: ${message}`);
      }
      this.told = message;
    }
  }

  private checked({ ca, cert, key }: Parts): Certificates {
    try {
      return { ca, cert, key, context: createSecureContext({ ca, cert, key }) };
    } catch (cause) {
      const files = PARTS.flatMap((part) => this.options.files[part] ?? []);
      const options = files.map(({ option }) => option).join(', ');
      const paths = files.map(({ path }) => path).join(', ');
      const expected = 'PEM files, and the key that of the certificate';
      throw new InvalidTlsError(options, expected, paths, undefined, { cause });
    }
  }
}

function readNow(file: CertificateFile | undefined): Buffer | undefined {
  if (!file) return undefined;
  const { option, path } = file;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new InvalidTlsError(option, 'a PEM file that can be read', path, undefined, { cause });
  }
}

async function read(file: CertificateFile | undefined): Promise<Buffer | undefined> {
  return file && (await readFile(file.path));
}

function isSame(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}
