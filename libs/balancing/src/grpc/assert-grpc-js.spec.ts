import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { experimental } from '@grpc/grpc-js';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  assertGrpcJs,
  copyOfApplication,
  otherCopyWarning,
  UnsupportedGrpcJsError,
  usedCopy,
} from './assert-grpc-js.js';

const require = createRequire(import.meta.url);
const installed = dirname(require.resolve('@grpc/grpc-js/package.json'));
const { version } = require('@grpc/grpc-js/package.json') as { version: string };

describe('The grpc-js that is used', () => {
  it('is found with its version', () => {
    expect(usedCopy()).toEqual({ path: realpathSync(installed), version });
  });

  it('is supported', () => {
    expect(() => assertGrpcJs()).not.toThrow();
  });

  it.each(['1.13.4', '1.14.0', '1.14.3', '1.15.0', '2.14.7', '1.140.0'])(
    'is refused as version %s, with its path',
    (refused) => {
      const check = () =>
        assertGrpcJs({ path: '/app/node_modules/@grpc/grpc-js', version: refused });
      expect(check).toThrow(UnsupportedGrpcJsError);
      expect(check).toThrow(
        `@grpc/grpc-js ${refused} at /app/node_modules/@grpc/grpc-js is of another version: discovery channels need ~1.14.4`,
      );
    },
  );

  it.each(['1.14.4', '1.14.7', '1.14.30'])('is accepted as version %s', (taken) => {
    expect(() => assertGrpcJs({ path: '/app', version: taken })).not.toThrow();
  });

  it('is refused if a required member is missing, even in a bundle', () => {
    const others: Record<string, unknown> = { ...experimental };
    delete others.statusOrFromValue;
    expect(() => assertGrpcJs(undefined, others)).toThrow(/has no statusOrFromValue/);
    expect(() => assertGrpcJs(undefined, {})).toThrow(UnsupportedGrpcJsError);
  });
});

describe('A second copy of grpc-js', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'two-copies-')));
  const copy = join(folder, 'node_modules/@grpc/grpc-js');
  mkdirSync(copy, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"name":"@grpc/grpc-js","version":"1.13.4"}');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('in the application causes a warning with both paths and the error of its clients', () => {
    const other = copyOfApplication([join(folder, 'main.js')]);
    expect(other).toEqual({ path: copy, version: '1.13.4' });
    const warning = otherCopyWarning(usedCopy(), other);
    expect(warning).toContain(copy);
    expect(warning).toContain(realpathSync(installed));
    expect(warning).toContain('Failed to parse DNS address dns:etcd:///');
  });

  it('causes no warning if there is none', () => {
    expect(otherCopyWarning()).toBeUndefined();
    expect(copyOfApplication(['/', ''])).toBeUndefined();
  });
});
