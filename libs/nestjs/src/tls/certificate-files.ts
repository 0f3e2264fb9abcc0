import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SecureContext } from 'node:tls';
import {
  secureContextOf,
  unreadable,
  type CertificateFile,
  type Pem,
  type PemFiles,
} from './checked-pem.js';

/** The last contents that matched each other. */
export interface Certificates extends Pem {
  readonly context: SecureContext;
}

const PARTS = ['ca', 'cert', 'key'] as const;

export interface CertificateFilesOptions {
  readonly files: PemFiles;
  readonly refreshMs: number;
  readonly warn: (message: string) => void;
}

/**
 * Certificates that are reread at an interval. File-system events would miss a mounted secret, which is a symbolic link that is
 * replaced. While files are unreadable or do not match, for example while only one is replaced, the last good ones stay in use.
 */
export class CertificateFiles {
  private latest: Certificates;
  private readonly timer: NodeJS.Timeout;
  private readonly listeners = new Set<(certificates: Certificates) => void>();
  private told: string | undefined;
  private isReading = false;

  /** @throws InvalidOptionError if a file can't be read or the files do not match */
  constructor(private readonly options: CertificateFilesOptions) {
    const { ca, cert, key } = options.files;
    this.latest = this.checked({ ca: readNow(ca), cert: readNow(cert), key: readNow(key) });
    // It logs failures itself; only a throwing logger gets here, and the next refresh still runs.
    this.timer = setInterval(() => {
      this.refresh().catch(() => undefined);
    }, options.refreshMs).unref();
  }

  get current(): Certificates {
    return this.latest;
  }

  onChange(listener: (certificates: Certificates) => void): void {
    this.listeners.add(listener);
  }

  /** Stops reading. Safe to call twice. */
  close(): void {
    clearInterval(this.timer);
    this.listeners.clear();
  }

  private async refresh(): Promise<void> {
    // Overlapping reads of a slow disk could restore older content.
    if (this.isReading) return;
    this.isReading = true;
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
        this.options.warn(`Certificates can't be renewed, the last ones stay in use: ${message}`);
      }
      this.told = message;
    } finally {
      this.isReading = false;
    }
  }

  private checked(pem: Pem): Certificates {
    return { ...pem, context: secureContextOf(pem, this.options.files) };
  }
}

function readNow(file: CertificateFile | undefined): Buffer | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(file.path);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

async function read(file: CertificateFile | undefined): Promise<Buffer | undefined> {
  return file && (await readFile(file.path));
}

function isSame(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}
