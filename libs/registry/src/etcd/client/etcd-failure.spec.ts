import { describe, expect, it } from '@jest/globals';
import { EtcdFailure, toEtcdFailure } from './etcd-failure.js';

const status = (code: number, message: string) => Object.assign(new Error(message), { code });

describe('toEtcdFailure', () => {
  it.each([
    ['unavailable', status(14, '14 UNAVAILABLE: connect ECONNREFUSED')],
    ['unavailable', status(14, '14 UNAVAILABLE: etcdserver: no leader')],
    ['unavailable', status(1, '1 CANCELLED: Call cancelled')],
    ['unavailable', new Error('anything else')],
    ['unavailable', undefined],
    ['silent', status(4, '4 DEADLINE_EXCEEDED: Deadline exceeded')],
    ['unauthenticated', status(16, '16 UNAUTHENTICATED: etcdserver: invalid auth token')],
    ['unauthenticated', status(3, '3 INVALID_ARGUMENT: etcdserver: revision of auth store is old')],
    ['refused', status(7, '7 PERMISSION_DENIED: etcdserver: permission denied')],
    [
      'unknown-user',
      status(3, '3 INVALID_ARGUMENT: etcdserver: authentication failed, invalid user ID'),
    ],
    ['full', status(8, '8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded')],
    ['untrusted', status(14, '14 UNAVAILABLE: unable to verify the first certificate')],
    ['untrusted', status(14, '14 UNAVAILABLE: self-signed certificate in certificate chain')],
    ['untrusted', status(14, '14 UNAVAILABLE: Last error: write EPROTO 00:wrong version number')],
    ...['unknown ca', 'bad certificate', 'certificate required', 'handshake failure'].map(
      (alert) =>
        [
          'untrusted',
          status(
            14,
            `14 UNAVAILABLE: Last error: 80FC:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert ${alert}:ssl/record/rec_layer_s3.c:1599:SSL alert number 48`,
          ),
        ] as const,
    ),
    ['too-large', status(8, '8 RESOURCE_EXHAUSTED: Received message larger than max (9 vs 4)')],
    ['lease-not-found', status(5, '5 NOT_FOUND: etcdserver: requested lease not found')],
    ['compacted', status(11, '11 OUT_OF_RANGE: mvcc: required revision has been compacted')],
  ])('sorts as %s: %s', (kind, error) => {
    const failure = toEtcdFailure(error);
    expect(failure.kind).toBe(kind);
    expect(failure.cause).toBe(error);
  });

  it('leaves a failure as it is', () => {
    const failure = new EtcdFailure('silent', 'no answer');
    expect(toEtcdFailure(failure)).toBe(failure);
  });
});
