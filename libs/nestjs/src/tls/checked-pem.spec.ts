import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificates, type Certificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FileServerCredentials } from './server-credentials.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

describeWithOpenssl('Files of TLS that can not be used', () => {
  let certificates: Certificates;
  const file = (name: string) => join(certificates.folder, name);

  beforeAll(() => {
    certificates = createCertificates();
    mkdirSync(file('folder.pem'));
    writeFileSync(file('empty.pem'), '');
    writeFileSync(file('text.pem'), 'no PEM');
    const cut = readFileSync(file('server.pem')).subarray(0, 200);
    writeFileSync(file('cut.pem'), cut);
  });
  afterAll(() => certificates.remove());

  it.each<[string, 'certFile' | 'keyFile' | 'clientCaFile', string, RegExp]>([
    ['is missing', 'certFile', 'none.pem', /ENOENT/],
    ['is missing', 'keyFile', 'none.pem', /ENOENT/],
    ['is missing', 'clientCaFile', 'none.pem', /ENOENT/],
    ['is a folder', 'certFile', 'folder.pem', /EISDIR/],
    ['is empty', 'certFile', 'empty.pem', /is empty/],
    ['is empty', 'keyFile', 'empty.pem', /is empty/],
    ['is empty', 'clientCaFile', 'empty.pem', /is empty/],
    ['holds no PEM', 'certFile', 'text.pem', /fails: /],
    ['holds no PEM', 'keyFile', 'text.pem', /fails: /],
    ['holds no PEM', 'clientCaFile', 'text.pem', /fails: /],
    ['was cut off', 'certFile', 'cut.pem', /fails: /],
    ['holds a key', 'certFile', 'server-key.pem', /fails: /],
    ['holds a certificate', 'keyFile', 'server.pem', /fails: /],
    ['is that of another', 'keyFile', 'client-key.pem', /is that of another one/],
  ])('are named where one %s, as %s', (_, option, name, found) => {
    const good = { certFile: file('server.pem'), keyFile: file('server-key.pem') };
    const create = () =>
      FileServerCredentials.create(
        { ...good, [option]: file(name), refreshMs: 10_000 },
        () => undefined,
      );
    expect(create).toThrow(InvalidOptionError);
    expect(create).toThrow(found);
    expect(create).toThrow(new RegExp(`^tls\\.${option} must be .*, but is ${file(name)}, which `));
  });
});
