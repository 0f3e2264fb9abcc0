import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A CA of our own, what it has signed, and where on disk that is. */
export interface Certificates {
  readonly folder: string;
  readonly ca: Buffer;
  /** Signed for 127.0.0.1, as `server.pem` and `server-key.pem` in the folder; the CA is `ca.pem`. */
  readonly server: KeyPair;
  readonly client: KeyPair;
  /** Signs a new certificate with a new key, as `<name>.pem` and `<name>-key.pem`, in place of what was there. */
  sign(name: string): KeyPair;
  remove(): void;
}

export interface KeyPair {
  readonly key: Buffer;
  readonly certificate: Buffer;
}

/**
 * Makes a CA and certificates for a server on loopback and one client, with the openssl on PATH.
 * @param names Further names that the certificates are good for.
 */
export function createCertificates(...names: readonly string[]): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    ...['req', '-x509', ...curve, '-days', '2', '-subj', '/CN=ca of specs'],
    ...['-keyout', 'ca-key.pem', '-out', 'ca.pem'],
  );
  const sign = (name: string): KeyPair => {
    openssl(
      ...['req', ...curve, '-subj', `/CN=${name}`],
      ...['-keyout', `${name}-key.pem`, '-out', `${name}.csr`],
    );
    // etcd calls itself over its client url, too: its certificate serves both ways.
    const subjects = ['IP:127.0.0.1', ...names.map((each) => `DNS:${each}`)].join(',');
    const extensions = `subjectAltName=${subjects}\nextendedKeyUsage=serverAuth,clientAuth\n`;
    writeFileSync(join(folder, 'extensions'), extensions);
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca-key.pem'],
      ...['-CAcreateserial', '-days', '2', '-extfile', 'extensions', '-out', `${name}.pem`],
    );
    return {
      key: readFileSync(join(folder, `${name}-key.pem`)),
      certificate: readFileSync(join(folder, `${name}.pem`)),
    };
  };
  return {
    folder,
    ca: readFileSync(join(folder, 'ca.pem')),
    server: sign('server'),
    client: sign('client'),
    sign,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether {@link createCertificates} can work on this machine. */
export function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version'], { stdio: 'ignore' }).error === undefined;
}
