import { afterAll, beforeAll, describe } from '@jest/globals';
import { builtEtcds, etcdBinary, type EtcdBinary } from '@grpc-discovery/test-support';
import { describeWith } from '@grpc-discovery/test-support/jest';
import { isEtcdVersion } from '../version-rules.js';
import { Pair } from './pair.js';

/**
 * Specs that run the same steps on a real etcd and an embedded one of its version, for each version that is built. Both are new
 * for each group, and go on within it.
 */
export function againstEtcd(subject: string, specs: (pair: () => Pair) => void): void {
  const compared = binaries().flatMap((binary) => {
    const version = binary.version.replace(/\.\d+$/, '');
    return isEtcdVersion(version) ? [{ binary, version }] : [];
  });
  if (compared.length === 0) {
    const skipped = describeWith(false, 'an etcd of a version to compare with: npm run etcd');
    return skipped(subject, () => specs(() => undefined as never));
  }
  describe.each(compared)(`${subject}, as etcd $binary.version`, ({ binary, version }) => {
    let pair: Pair;
    beforeAll(async () => {
      pair = await Pair.start(binary, version);
    });
    afterAll(() => pair.stop());
    specs(() => pair);
  });
}

/** All that are built, unless the environment names one. */
function binaries(): readonly EtcdBinary[] {
  const { ETCD_BINARY, ETCD_VERSION } = process.env;
  const built = builtEtcds();
  if (built.length > 0 && !ETCD_BINARY && !ETCD_VERSION) return built;
  return [etcdBinary()].filter((each) => each !== undefined);
}
