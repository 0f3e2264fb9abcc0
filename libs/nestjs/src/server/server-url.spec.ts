import { describe, expect, it } from '@jest/globals';
import { isWildcard, parseServerUrl } from './bound-server.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

describe('parseServerUrl', () => {
  it.each([
    ['0.0.0.0:50051', '0.0.0.0', 50_051],
    ['localhost:0', 'localhost', 0],
    ['[::1]:5000', '::1', 5_000],
    ['[::]:0', '::', 0],
    ['dns:///greeter.local:80', 'greeter.local', 80],
    ['ipv4:127.0.0.1:80', '127.0.0.1', 80],
  ])('reads %s', (url, host, port) => {
    expect(parseServerUrl(url)).toEqual({ host, port });
  });

  it('refuses a unix socket and says why', () => {
    expect(() => parseServerUrl('unix:///run/greeter.sock')).toThrow(InvalidOptionError);
    expect(() => parseServerUrl('unix:greeter.sock')).toThrow(/url must be a TCP address/);
  });

  it.each(['', 'greeter', 'greeter:', 'a:70000', '::1:80', 'http://a:80/x'])(
    'refuses what grpc-js could not bind: "%s"',
    (url) => {
      expect(() => parseServerUrl(url)).toThrow(InvalidOptionError);
    },
  );
});

describe('isWildcard', () => {
  it.each(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::0'])('takes %s for every interface', (host) => {
    expect(isWildcard(host)).toBe(true);
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('takes %s for one', (host) => {
    expect(isWildcard(host)).toBe(false);
  });
});
