import { describe, expect, it } from '@jest/globals';
import { leaseTransition, type LeaseEvent, type LeaseState } from './lease-keeper.js';

const none: LeaseState = { kind: 'none' };
const closed: LeaseState = { kind: 'closed' };
const held: LeaseState = { kind: 'held', id: '7', ttlMs: 10_000, aliveUntil: 11_000 };

describe('leaseTransition', () => {
  it.each<[string, LeaseState, LeaseEvent, LeaseState]>([
    [
      'holds what was granted, from when it was asked for',
      none,
      { kind: 'granted', id: '7', ttlMs: 10_000, askedAt: 1_000 },
      held,
    ],
    [
      'lives on from when an answered keepalive was asked for',
      held,
      { kind: 'answered', id: '7', ttlMs: 10_000, askedAt: 3_000 },
      { ...held, aliveUntil: 13_000 },
    ],
    [
      'never lives shorter for a late answer',
      held,
      { kind: 'answered', id: '7', ttlMs: 10_000, askedAt: 500 },
      held,
    ],
    [
      'ignores an answer for an earlier lease',
      held,
      { kind: 'answered', id: '6', ttlMs: 0, askedAt: 3_000 },
      held,
    ],
    [
      'is lost when etcd answers no time to live',
      held,
      { kind: 'answered', id: '7', ttlMs: 0, askedAt: 3_000 },
      none,
    ],
    ['lives until one TTL of silence', held, { kind: 'time-passed', now: 10_999 }, held],
    ['is lost after one TTL of silence', held, { kind: 'time-passed', now: 11_000 }, none],
    ['is lost when a put does not find it', held, { kind: 'gone', id: '7' }, none],
    ['is not lost when an earlier one is gone', held, { kind: 'gone', id: '6' }, held],
    ['is over when closed', held, { kind: 'closed' }, closed],
    [
      'stays closed whatever is granted late',
      closed,
      { kind: 'granted', id: '8', ttlMs: 10_000, askedAt: 1_000 },
      closed,
    ],
  ])('%s', (_name, state, event, expected) => {
    expect(leaseTransition(state, event)).toEqual(expected);
  });
});
