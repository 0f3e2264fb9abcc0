import { describe, expect, it, jest } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { PickResultType, type SubchannelInterface } from './experimental.js';
import { complete, fail, queue } from './pick.js';

const subchannel = {} as SubchannelInterface;

describe('pick results', () => {
  it('completes with a subchannel and no observer', () => {
    expect(complete(subchannel)).toEqual({
      pickResultType: PickResultType.COMPLETE,
      subchannel,
      status: null,
      onCallStarted: null,
      onCallEnded: null,
    });
  });

  it('completes with the observer of the call', () => {
    const observer = { onCallStarted: jest.fn(), onCallEnded: jest.fn() };
    expect(complete(subchannel, observer)).toMatchObject(observer);
  });

  it('queues with one shared result', () => {
    expect(queue()).toBe(queue());
    expect(queue()).toMatchObject({ pickResultType: PickResultType.QUEUE, status: null });
  });

  it('fails with UNAVAILABLE and the details', () => {
    expect(fail('no instance')).toMatchObject({
      pickResultType: PickResultType.TRANSIENT_FAILURE,
      subchannel: null,
      status: { code: status.UNAVAILABLE, details: 'no instance' },
    });
  });

  it('fails every pick with metadata of its own', () => {
    expect(fail('no instance').status?.metadata).not.toBe(fail('no instance').status?.metadata);
  });
});
