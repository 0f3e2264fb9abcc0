import { describe, expect, it } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import { DeadlineNoteFilter } from './deadline-note.js';

const trailers = (code: status) => ({ code, details: 'as it was', metadata: new Metadata() });

describe('the note to an expired deadline', () => {
  it('follows what grpc-js says', () => {
    const filter = new DeadlineNoteFilter({ text: 'No instance.' });
    const given = trailers(status.DEADLINE_EXCEEDED);
    expect(filter.receiveTrailers(given)).toEqual({ ...given, details: 'as it was. No instance.' });
  });

  it('leaves every other status as it is, and all when there is nothing to note', () => {
    const noted = new DeadlineNoteFilter({ text: 'No instance.' });
    const silent = new DeadlineNoteFilter({ text: undefined });
    for (const [filter, code] of [
      [noted, status.OK],
      [noted, status.UNAVAILABLE],
      [silent, status.DEADLINE_EXCEEDED],
    ] as const) {
      const given = trailers(code);
      expect(filter.receiveTrailers(given)).toBe(given);
    }
  });

  it('is one object for all calls and hands on all else untouched', async () => {
    const filter = new DeadlineNoteFilter({ text: undefined });
    expect(filter.createFilter()).toBe(filter);
    const metadata = new Metadata();
    expect(filter.receiveMetadata(metadata)).toBe(metadata);
    expect(await filter.sendMetadata(Promise.resolve(metadata))).toBe(metadata);
    const message = Buffer.from('hello');
    expect(await filter.receiveMessage(Promise.resolve(message))).toBe(message);
    expect(await filter.sendMessage(Promise.resolve({ message }))).toEqual({ message });
  });
});
