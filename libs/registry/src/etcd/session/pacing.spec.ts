import { describe, expect, it } from '@jest/globals';
import { EtcdFailure } from '../client/etcd-failure.js';
import { RefusalBackoff } from './pacing.js';

describe('RefusalBackoff', () => {
  const pauses = (
    kind: 'refused' | 'full' | 'untrusted',
    backoff = new RefusalBackoff(() => 0.5),
  ) => Array.from({ length: 7 }, () => backoff.next(new EtcdFailure(kind, 'no')));

  it('grows to half a minute for what people have to put right', () => {
    expect(pauses('refused')).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it.each(['full', 'untrusted'] as const)(
    'grows to 4 s for what is %s, so that all is back within 5',
    (kind) => {
      expect(pauses(kind)).toEqual([1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000]);
    },
  );

  it('starts again after a reset', () => {
    const backoff = new RefusalBackoff(() => 0.5);
    pauses('refused', backoff);
    pauses('full', backoff);
    backoff.reset();
    expect(pauses('refused', backoff)[0]).toBe(1_000);
    expect(pauses('full', backoff)[0]).toBe(1_000);
  });
});
