import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** An etcd program of this machine. */
export interface EtcdBinary {
  /** Path, or the name under which PATH has it. */
  readonly path: string;
  /** As it tells itself: `3.7.3`. */
  readonly version: string;
}

/** The etcds that `npm run etcd` has built, the newest first. */
export function builtEtcds(): readonly EtcdBinary[] {
  const cache = process.env.ETCD_CACHE ?? join(homedir(), '.cache', 'grpc-discovery', 'etcd');
  return namesIn(cache)
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .flatMap((name) => etcdAt(join(cache, name, 'etcd')) ?? []);
}

/**
 * The etcd that specs run on: the one that ETCD_BINARY names; else the newest of those built, of the line that ETCD_VERSION names
 * (`3.6`) if it does; else the one on PATH.
 * @throws Error when ETCD_BINARY or ETCD_VERSION names none
 */
export function etcdBinary(): EtcdBinary | undefined {
  const { ETCD_BINARY: path, ETCD_VERSION: line } = process.env;
  if (path) return etcdAt(path) ?? missing(`ETCD_BINARY names ${path}, which is no etcd.`);
  if (line) {
    const isOfLine = ({ version }: EtcdBinary) => `${version}.`.startsWith(`${line}.`);
    const found = builtEtcds().find(isOfLine);
    return (
      found ??
      missing(`ETCD_VERSION names etcd ${line}, which is not built: npm run etcd -- ${line}`)
    );
  }
  return builtEtcds()[0] ?? etcdAt('etcd');
}

function etcdAt(path: string): EtcdBinary | undefined {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const version = /etcd Version: (\S+)/.exec(stdout ?? '')?.[1];
  return version === undefined ? undefined : { path, version };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function missing(text: string): never {
  throw new Error(text);
}
