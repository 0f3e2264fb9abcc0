import { describe, expect, it } from '@jest/globals';
import { type StartFacts, startVerdict } from './start-watch.js';

const facts: StartFacts = {
  service: 'greeter',
  servers: 1,
  serving: 1,
  listens: true,
  grpcServers: 1,
  handlesSigterm: true,
  elapsedMs: 2_000,
};

describe('The verdict of a start', () => {
  it.each<[string, Partial<StartFacts>]>([
    ['a server that serves and drains', {}],
    ['several', { servers: 2, serving: 2 }],
    ['one that names its own service', { service: undefined }],
    ['one of a hybrid whose other server is late', { servers: 2, serving: 1 }],
  ])('is good for %s', (_, some) => {
    expect(startVerdict({ ...facts, ...some })).toEqual({ kind: 'well' });
  });

  it.each<[string, Partial<StartFacts>]>([
    ['a client', { service: undefined, servers: 0, serving: 0, grpcServers: 0 }],
    ['a script of an application that else serves', { servers: 0, serving: 0, listens: false }],
    ['a hybrid that has not started its microservices yet', { serving: 0, elapsedMs: 29_000 }],
    ['an application that was only initialised', { serving: 0, listens: false, elapsedMs: 50_000 }],
  ])('is open for %s', (_, some) => {
    expect(startVerdict({ ...facts, ...some, handlesSigterm: false })).toEqual({ kind: 'open' });
  });

  it.each<[string, Partial<StartFacts>, RegExp]>([
    [
      'a plain gRPC server',
      { servers: 0, serving: 0 },
      /"greeter".*discoverable\(\) makes, and the gRPC server was made without/,
    ],
    [
      'HTTP alone',
      { servers: 0, serving: 0, grpcServers: 0 },
      /"greeter".*there is none: .*app\.connectMicroservice\(discoverable/,
    ],
    [
      'microservices that nobody starts',
      { serving: 0, elapsedMs: 30_000 },
      /"greeter".*does not listen.*startAllMicroservices/,
    ],
    [
      'a process that SIGTERM kills',
      { handlesSigterm: false },
      /SIGTERM.*app\.enableShutdownHooks\(\)/,
    ],
  ])('is a warning for %s', (_, some, message) => {
    expect(startVerdict({ ...facts, ...some })).toEqual({
      kind: 'warning',
      message: expect.stringMatching(message),
    });
  });
});
