import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { hasEtcdBinary } from '@grpc-discovery/test-support';
import { Pair } from './pair.js';

/** Specs that run the same steps on a real etcd and an embedded one. Both are new for each group, and go on within it. */
export function againstEtcd(subject: string, specs: (pair: () => Pair) => void): void {
  if (!hasEtcdBinary()) {
    describe(subject, () =>
      it.skip('is not compared with a real etcd: there is none on PATH', () => undefined),
    );
    return;
  }
  describe(subject, () => {
    let pair: Pair;
    beforeAll(async () => {
      pair = await Pair.start();
    });
    afterAll(() => pair.stop());
    specs(() => pair);
  });
}
