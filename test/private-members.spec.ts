import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../', import.meta.url);
/** What grpc-js and etcd3 do not document, and the casts by which a hidden member is reached. */
const PRIVATE =
  /as unknown as|\b_(createSecureConnector|isSecure|equals|addWatcher|get\w+)\b|getRealSubchannel|\.createCall\(|http2Servers\b|updateSecureContextOptions/;

/** The sources of all packages, without specs and what only they use. */
const sources = readdirSync(new URL('libs/', root))
  .flatMap((name) =>
    readdirSync(new URL(`libs/${name}/`, root), { recursive: true, encoding: 'utf8' }).map(
      (path) => `libs/${name}/${path}`,
    ),
  )
  .filter((path) => /^libs\/[^/]+\/src\/.*\.ts$/.test(path))
  .filter((path) => !/\.spec\.ts$|\/spec\/|\/files\//.test(path));

describe('private members of libraries', () => {
  it('are used behind one door in each package', () => {
    const users = sources.filter((path) =>
      readFileSync(new URL(path, root), 'utf8')
        .split('\n')
        .some((line) => !/^\s*(\/\/|\*|\/\*)/.test(line) && PRIVATE.test(line)),
    );
    expect(users.sort()).toEqual([
      'libs/balancing/src/grpc/private-members.ts',
      'libs/nestjs/src/grpc/private-members.ts',
      'libs/registry/src/etcd/client/private-members.ts',
    ]);
  });
});
