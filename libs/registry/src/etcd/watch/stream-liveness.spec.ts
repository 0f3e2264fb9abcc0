import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../spec/fake-clock.js';
import { StreamLiveness } from './stream-liveness.js';

describe('StreamLiveness', () => {
  let clock: FakeClock;
  let asked: number;
  let confirmed: number;
  let dead: number;
  let answers: boolean;
  let liveness: StreamLiveness;

  beforeEach(() => {
    clock = new FakeClock();
    asked = confirmed = dead = 0;
    answers = false;
    liveness = new StreamLiveness({
      clock,
      requestProgress: () => void asked++,
      confirm: () => Promise.resolve((confirmed++, answers)),
      onDead: () => void dead++,
    });
  });

  it('asks nothing while messages come', async () => {
    for (let i = 0; i < 10; i++) {
      await clock.advance(1_900);
      liveness.messageReceived();
    }
    expect(asked).toBe(0);
  });

  it('asks after 2 s of silence and is content with the answer', async () => {
    await clock.advance(2_000);
    expect(asked).toBe(1);
    liveness.messageReceived();
    await clock.advance(1_999);
    expect({ asked, confirmed, dead }).toEqual({ asked: 1, confirmed: 0, dead: 0 });
  });

  it('calls the stream dead when neither it nor the endpoint answers', async () => {
    await clock.advance(2_500);
    expect({ asked, confirmed, dead }).toEqual({ asked: 1, confirmed: 1, dead: 1 });
    expect(clock.pending).toBe(0);
  });

  it('spares a stream whose endpoint answers, but not for ever', async () => {
    answers = true;
    await clock.advance(3 * 3_000);
    expect({ asked, confirmed, dead }).toEqual({ asked: 3, confirmed: 3, dead: 0 });
    await clock.advance(3_000);
    expect(dead).toBe(1);
  });

  it('sets no timer after it was stopped', async () => {
    liveness.stop();
    liveness.messageReceived();
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    expect({ asked, dead }).toEqual({ asked: 0, dead: 0 });
  });
});
