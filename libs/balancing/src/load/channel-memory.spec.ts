import { describe, expect, it } from '@jest/globals';
import { instanceAt } from '../spec/instances.js';
import { ChannelMemory } from './channel-memory.js';

const address = '10.0.0.1:1';
const old = instanceAt(address, { id: 'greeter-0', startedAt: '2026-01-01T00:00:00.000Z' });
const later = '2026-01-01T00:05:00.000Z';

describe('what a channel has learned about an instance', () => {
  const seenAt = (now: number) => {
    let at = 0;
    const memory = new ChannelMemory({ now: () => at });
    memory.see([old]);
    at = now;
    return { memory, load: memory.load(old) };
  };

  it.each([
    ['its weight', { weight: 1 }],
    ['its metadata', { metadata: { a: 'b' } }],
    ['its version', { version: '2.0.0' }],
  ])('is kept when %s changes', (_what, change) => {
    const { memory, load } = seenAt(1_000);
    expect(memory.load({ ...old, ...change })).toBe(load);
  });

  it.each([
    ['a process with another id', { id: 'greeter-1', startedAt: later }],
    ['another process with the same id', { startedAt: later }],
    ['a process with another id that started at the same time', { id: 'greeter-1' }],
  ])('is not applied to %s at its address', (_what, change) => {
    const { memory, load } = seenAt(1_000);
    const replaced = { ...old, ...change };
    memory.see([replaced]);
    expect(memory.load(replaced)).not.toBe(load);
    expect(load.firstSeenAt).toBe(-Infinity);
    expect(memory.load(replaced).firstSeenAt).toBe(1_000);
  });
});
