import { fileURLToPath } from 'node:url';
import { hasGo } from '@grpc-discovery/test-support';
import { describeWith } from '@grpc-discovery/test-support/jest';
import { afterAll, beforeAll } from '@jest/globals';
import { describeXdsClient } from '../../../libs/xds/src/spec/client-contract.js';
import { BUILD_MS, GoProgram } from '../go-program.js';
import { startEnvoy, startGo, startPython } from './peer.js';
import {
  hasVirtualEnvironments,
  INSTALL_MS,
  type PythonPackages,
  pythonPackages,
} from './python-packages.js';

describeWith(hasVirtualEnvironments(), 'python3 with venv')('Clients from PyPI', () => {
  let packages: PythonPackages;

  beforeAll(async () => {
    packages = await pythonPackages();
  }, INSTALL_MS);

  describeXdsClient({
    name: 'grpcio for Python',
    start: ({ port }) => startPython(packages.python, port),
    ...{ waits: true, hasTimeouts: false, userAgent: /^gRPC C-core/, protocol: 'sotw' },
  });

  describeXdsClient({
    name: 'Envoy',
    start: ({ port }, ingress) => startEnvoy(packages.envoy, port, ingress),
    ...{ waits: false, hasTimeouts: true, userAgent: /^envoy/, protocol: 'delta' },
  });
});

describeWith(hasGo(), 'a Go on PATH')('Clients in Go', () => {
  let program: GoProgram;

  beforeAll(async () => {
    program = await GoProgram.build(fileURLToPath(new URL('go-client', import.meta.url)));
  }, BUILD_MS);

  afterAll(() => program.remove());

  describeXdsClient({
    name: 'grpc-go',
    start: ({ port }) => startGo(program.path, port),
    ...{ waits: true, hasTimeouts: true, userAgent: /^gRPC Go/, protocol: 'sotw' },
  });
});
