import { describe } from '@jest/globals';
import { hasOpenssl } from './certificates.js';
import { hasEtcdBinary } from './etcd-process.js';
import { hasGo } from './go.js';

type Describe = (title: string, specs: () => void) => void;

/** Groups specs that need real etcds; the embedded one has neither members nor quotas, and its time is not real. */
export const describeOnEtcd = describeWith(hasEtcdBinary(), 'an etcd');

/** As {@link describeOnEtcd}, for specs with a CA of their own. */
export const describeOnEtcdWithTls = describeWith(
  hasEtcdBinary() && hasOpenssl(),
  'an etcd, and an openssl on PATH',
);

/** Groups specs that make certificates. */
export const describeWithOpenssl = describeWith(hasOpenssl(), 'an openssl on PATH');

/** Groups specs that build programs in Go. */
export const describeWithGo = describeWith(hasGo(), 'a Go on PATH');

/** `describe` for specs with a need: where it is not met they are skipped, and their title says why. */
export function describeWith(isMet: boolean, need: string): Describe {
  if (isMet) return (title, specs) => describe(title, specs);
  return (title, specs) => describe.skip(`${title} (skipped: needs ${need})`, specs);
}
