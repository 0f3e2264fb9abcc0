import { until } from '@grpc-discovery/test-support';
import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { ReadinessCheckRuns } from './readiness-checks.js';
import { verdictOf } from './readiness-result.js';

class Connection extends EventEmitter {
  readonly self = this;
}

/** Every property of it leads back to it. */
const circular: Record<string, unknown> = {};
circular.db = circular;
const throwing = () => {
  throw new Error('a trap');
};
const throwingProxy = () =>
  new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing });
const named = (name: unknown) => {
  class Named {}
  Object.defineProperty(Named, 'name', { value: name });
  return new Named();
};
const up = { status: 'up' };
const health = (status: string) => ({ status, info: {}, error: {}, details: { db: up } });

describe('The verdict of a readiness check', () => {
  it.each<[string, unknown]>([
    ['true', true],
    ['nothing', undefined],
    ['an indicator that is up', { db: { ...up, pool: circular } }],
    ['an indicator that is degraded', { db: up, cache: { status: 'degraded' } }],
    ['an indicator without a prototype', Object.assign(Object.create(null), { db: up })],
    ['an indicator named "status"', { status: up }],
    ['a health check that is ok', health('ok')],
    ['a health check that is degraded', health('degraded')],
    ['a health check with info alone', { status: 'ok', info: {} }],
  ])('passes for %s', (_, result) => {
    expect(verdictOf(result)).toEqual({ kind: 'passed' });
  });

  it.each<[string, unknown]>([
    ['false', false],
    ['an indicator that is down', { db: { status: 'down', message: 'refused' } }],
    ['one indicator of several that is down', { db: up, cache: { status: 'down' }, queue: up }],
    ['a health check with an error', health('error')],
    ['a health check that is shutting down', health('shutting_down')],
  ])('fails for %s', (_, result) => {
    expect(verdictOf(result)).toEqual({ kind: 'failed' });
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'null'],
    ['a number', 1, 'a number'],
    ['a text', 'down', 'a text'],
    ['a symbol', Symbol('down'), 'a symbol'],
    ['a function', () => true, 'a function'],
    ['rows', [{ status: 'error' }], 'an array'],
    ['a row', { id: 7, status: 'error' }, 'an object that is no result of a health check'],
    ['a response', new Response('', { status: 500 }), 'a Response'],
    ['a connection', new Connection(), 'a Connection'],
    ['an error', new TypeError('refused'), 'a TypeError'],
    ['a map', new Map([['db', up]]), 'a Map'],
    ['a date', new Date(), 'a Date'],
    ['a circle', circular, 'an object whose "db" has no status'],
    ['an indicator deep below', { a: { db: up } }, 'an object whose "a" has no status'],
    ['another word', { db: { status: 'UP' } }, 'an object whose "db" has no status'],
    ['a status alone', up, 'an object that is no result of a health check'],
    ['an empty object', {}, 'an empty object'],
    [
      'a getter that throws',
      {
        get db() {
          return throwing();
        },
      },
      'an object that can not be read',
    ],
    [
      'a status that throws',
      {
        db: {
          get status() {
            return throwing();
          },
        },
      },
      'an object that can not be read',
    ],
    ['a proxy', new Proxy({ db: up }, {}), 'a Proxy'],
    ['a proxy that throws', throwingProxy(), 'a Proxy'],
    ['a child of a proxy', Object.create(throwingProxy()), 'an object'],
    ['an indicator behind a proxy', { db: throwingProxy() }, 'an object whose "db" has no status'],
    ['a revoked proxy', revoked(), 'a Proxy'],
    [
      'a huge object',
      Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, up])),
      'an object of 20000 properties',
    ],
    ['a class with a hostile name', named('\u001b[2J\nready'), String.raw`a \u001b[2J\u000aready`],
    ['a class with a long name', named('x'.repeat(10_000)), `a ${'x'.repeat(60)}…`],
    ['a class without a name', named(Symbol('name')), 'an object'],
    ['a hostile key', { '\u001b[2J': 1 }, String.raw`an object whose "\u001b[2J" has no status`],
  ])('is none for %s', (_, result, given) => {
    const passes = given !== 'a Response';
    const shown = expect.stringContaining(given);
    expect(verdictOf(result)).toEqual({ kind: 'wrong', given: shown, passes });
  });

  it.each<[string, boolean, unknown]>([
    ['a response of status 200', true, new Response('')],
    ['a response of status 404', false, new Response('', { status: 404 })],
    ['an answer that is not ok', false, { ok: false, rows: [] }],
    ['an answer that is ok', true, { ok: true }],
    ['an "ok" of another kind', true, { ok: 0 }],
    ['the answer of a ping', true, 'PONG'],
  ])('of another shape: %s passes: %s', (_, passes, result) => {
    expect(verdictOf(result)).toMatchObject({ kind: 'wrong', passes });
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const rejected = (reason: unknown) => () =>
  new Promise((_, reject) => {
    // As applications do, which throw what they like.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    reject(reason);
  });

describe('The runs of a readiness check', () => {
  const runs = (check: () => unknown) => {
    const warnings: string[] = [];
    const subject = new ReadinessCheckRuns(check, 0, (message) => void warnings.push(message));
    return { subject, warnings, run: () => subject.run(10_000) };
  };

  it('tell of a wrong result once, by the name of the check and what it gave', async () => {
    const results: unknown[] = [new Response('', { status: 500 }), [], { rows: [] }];
    const { run, warnings } = runs(function ping() {
      return Promise.resolve(results.shift());
    });
    expect(await run()).toBe('checks[0] (ping) gave a Response');
    expect(await run()).toBeUndefined();
    expect(await run()).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^readiness\.checks\[0\] \(ping\) must give true, false, .*but has given a Response.*counts as a failure.*response\.ok/,
      ),
    ]);
  });

  it('say of rows that they count as passed, whatever columns they have', async () => {
    const { run, warnings } = runs(() => Promise.resolve([{ id: 1, status: 'error' }]));
    expect(await run()).toBeUndefined();
    expect(await run()).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/has given an array, which counts as passed/)]);
  });

  it.each<[string, () => unknown, string]>([
    ['an error', rejected(new TypeError('secret')), 'TypeError'],
    ['nothing', rejected(undefined), 'undefined'],
    ['null', rejected(null), 'null'],
    ['a text', rejected('\u001b[2J'), 'a text'],
    ['a proxy', rejected(throwingProxy()), 'a Proxy'],
    ['an error at once', () => throwing(), 'Error'],
    ['an error with a hostile name', rejected(hostileError()), 'Error'],
    ['a proxy that it resolves with', () => Promise.resolve().then(throwingProxy), 'Error'],
    ['a thenable that throws', () => ({ then: throwing }), 'Error'],
  ])('fail by throwing %s, and go on', async (_, check, thrown) => {
    const { run, warnings } = runs(check);
    for (let i = 0; i < 2; i++) expect(await run()).toMatch(/^checks\[0\].* threw /);
    expect(await run()).toMatch(new RegExp(`threw ${thrown}$`));
    expect(warnings).toEqual([]);
  });

  it('are bounded, and begin no further one beside one that hangs', async () => {
    let begun = 0;
    let end: (() => void) | undefined;
    const { subject } = runs(() => {
      begun += 1;
      return new Promise<void>((resolve) => (end = resolve));
    });
    expect(await subject.run(5)).toBe('checks[0] took over 5 ms');
    expect(await subject.run(5)).toBe('checks[0] has still not ended');
    expect(begun).toBe(1);
    end?.();
    await until(
      'it has ended',
      async () => (await subject.run(5)) !== 'checks[0] has still not ended',
    );
    expect(begun).toBe(2);
    end?.();
  });
});

function hostileError(): Error {
  return Object.defineProperty(new Error('x'), 'name', { get: throwing });
}
