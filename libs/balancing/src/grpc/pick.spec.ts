import { describe, expect, it, jest } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import { PickResultType, type SubchannelInterface } from './experimental.js';
import { complete, drop, fail, failPicker, queue, queuePicker } from './pick.js';

const args = { metadata: new Metadata(), extraPickInfo: {} };
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
    expect(queue()).toBe(queuePicker.pick(args));
    expect(queue()).toMatchObject({ pickResultType: PickResultType.QUEUE, status: null });
  });

  it.each([
    ['fails', fail, PickResultType.TRANSIENT_FAILURE],
    ['drops', drop, PickResultType.DROP],
  ])('%s with UNAVAILABLE and the details', (_, make, pickResultType) => {
    expect(make('no instance')).toMatchObject({
      pickResultType,
      subchannel: null,
      status: { code: status.UNAVAILABLE, details: 'no instance' },
    });
  });

  it('fails every pick with metadata of its own', () => {
    const picker = failPicker('no instance');
    expect(picker.pick(args).status?.metadata).not.toBe(picker.pick(args).status?.metadata);
  });
});
