import { describe, expect, it } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import { WaitReasonFilter } from './wait-reason.js';

const trailers = (code: status) => ({ code, details: 'as it was', metadata: new Metadata() });

describe('the wait reason of an expired deadline', () => {
  it('is appended to the details of grpc-js', () => {
    const filter = new WaitReasonFilter({ text: 'No instance.' });
    const given = trailers(status.DEADLINE_EXCEEDED);
    expect(filter.receiveTrailers(given)).toEqual({ ...given, details: 'as it was. No instance.' });
  });

  it('leaves every other status unchanged, and every status if there is no reason', () => {
    const noted = new WaitReasonFilter({ text: 'No instance.' });
    const silent = new WaitReasonFilter({ text: undefined });
    for (const [filter, code] of [
      [noted, status.OK],
      [noted, status.UNAVAILABLE],
      [silent, status.DEADLINE_EXCEEDED],
    ] as const) {
      const given = trailers(code);
      expect(filter.receiveTrailers(given)).toBe(given);
    }
  });

  it('is one object for all calls and passes everything else through', async () => {
    const filter = new WaitReasonFilter({ text: undefined });
    expect(filter.createFilter()).toBe(filter);
    const metadata = new Metadata();
    expect(filter.receiveMetadata(metadata)).toBe(metadata);
    expect(await filter.sendMetadata(Promise.resolve(metadata))).toBe(metadata);
    const message = Buffer.from('hello');
    expect(await filter.receiveMessage(Promise.resolve(message))).toBe(message);
    expect(await filter.sendMessage(Promise.resolve({ message }))).toEqual({ message });
  });
});
