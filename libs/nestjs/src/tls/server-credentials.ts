import { readOptions } from '@grpc-discovery/registry/options';
import { ChangingServerCredentials } from '../grpc/private-members.js';
import { CertificateFiles } from './certificate-files.js';
import { serverTlsTable, type ServerTlsOptions } from './tls.options.js';

/** Credentials of a server whose certificates may change while it serves. */
export class FileServerCredentials extends ChangingServerCredentials {
  /** @throws InvalidOptionError */
  static create(options: ServerTlsOptions, warn: (message: string) => void): FileServerCredentials {
    const read = readOptions(serverTlsTable, options, 'tls');
    const { certFile, keyFile, clientCaFile, refreshMs } = read;
    const files = {
      ...(clientCaFile !== undefined && {
        ca: { option: 'tls.clientCaFile', path: clientCaFile },
      }),
      cert: { option: 'tls.certFile', path: certFile },
      key: { option: 'tls.keyFile', path: keyFile },
    };
    return new FileServerCredentials(new CertificateFiles({ files, refreshMs, warn }));
  }

  private constructor(private readonly files: CertificateFiles) {
    super(files.current);
    files.onChange((certificates) => this.change(certificates));
  }

  /** Stops reading the files. Safe to call twice. */
  close(): void {
    this.files.close();
  }
}
