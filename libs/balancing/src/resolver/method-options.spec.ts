import { describe, expect, it } from '@jest/globals';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import {
  assertMethodOptions,
  assertRetryBudget,
  compressionOf,
  type MethodOptions,
} from './method-options.js';

const path = '/orders.Orders/Place';

describe('the options of methods', () => {
  it('are accepted as they are documented', () => {
    const full: MethodOptions = {
      policy: { round_robin: {} },
      timeoutMs: 250,
      waitForReady: true,
      retry: {
        attempts: 3,
        codes: ['UNAVAILABLE', 'ABORTED'],
        initialBackoffMs: 10,
        maxBackoffMs: 100,
        backoffMultiplier: 1.5,
      },
      compression: 'gzip',
    };
    const hedging = { attempts: 2, delayMs: 0, nonFatalCodes: ['INTERNAL' as const] };
    expect(() =>
      assertMethodOptions({ [path]: full, '/orders.Orders': { hedging } }),
    ).not.toThrow();
  });

  it.each<[string, object]>([
    ['timeoutMs must be a number from 1 to 2147483647, but is 0', { timeoutMs: 0 }],
    ['timeoutMs must be a number from 1 to 2147483647, but is "1s"', { timeoutMs: '1s' }],
    ['waitForReady must be true or false', { waitForReady: 'yes' }],
    ['compression must be "identity" or "gzip" or "deflate"', { compression: 'br' }],
    ['each option must be one of', { timeout: 1 }],
    ['least_request: choiceCount must be', { policy: { least_request: { choiceCount: 1 } } }],
    ['.retry: attempts must be an integer from 2 to 5, but is 6', { retry: { attempts: 6 } }],
    ['.retry: attempts must be an integer from 2 to 5, but is not given', { retry: {} }],
    [
      '.retry: codes must be an array of names of gRPC statuses other than OK, but is "OK"',
      { retry: { attempts: 2, codes: ['OK'] } },
    ],
    ['.retry: codes must be', { retry: { attempts: 2, codes: [] } }],
    ['.retry: each option', { retry: { attempts: 2, budget: 1 } }],
    ['.hedging: delayMs must be', { hedging: { attempts: 2, delayMs: -1 } }],
    ['hedging must be absent beside retry', { retry: { attempts: 2 }, hedging: { attempts: 2 } }],
  ])('are refused: %s', (text, options) => {
    const assert = () => assertMethodOptions({ [path]: options });
    expect(assert).toThrow(InvalidPolicyError);
    expect(assert).toThrow(text);
    // Errors of a policy name the policy; all others the method.
    expect(/methods\["\/orders\.Orders\/Place"\]|least_request/.test(messageOf(assert))).toBe(true);
  });

  it.each(['orders.Orders/Place', '/orders.Orders/', 'Place', '/a/b/c', ''])(
    'are refused under the path %j',
    (wrong) => {
      expect(() => assertMethodOptions({ [wrong]: {} })).toThrow(
        'methods: a key must be the path of an rpc or of an rpc service',
      );
    },
  );

  it('use one compression per channel', () => {
    const methods = {
      [path]: { compression: 'gzip' },
      '/a.B': { compression: 'deflate' },
    } as const;
    expect(() => compressionOf(methods)).toThrow('compression must be the same for all');
    expect(compressionOf({ [path]: { compression: 'gzip' }, '/a.B': {} })).toBe('gzip');
    expect(compressionOf({})).toBeUndefined();
  });
});

describe('a retry budget', () => {
  it.each([{ maxTokens: 0, tokenRatio: 1 }, { maxTokens: 1_001, tokenRatio: 1 }, { maxTokens: 1 }])(
    'is refused as %j',
    (budget) => {
      expect(() => assertRetryBudget(budget as never)).toThrow(InvalidPolicyError);
    },
  );
});

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
