import { describe, expect, it } from '@jest/globals';
import { methodOptions, withOptions } from './method-config.js';

describe('the options of a method', () => {
  const methods = {
    '/orders.Orders': { timeoutMs: 1_000, waitForReady: true, retry: { attempts: 2 } },
    '/orders.Orders/Place': { timeoutMs: 250, hedging: { attempts: 3 } },
    '/orders.Orders/List': { waitForReady: false },
  };

  it('override those of its service field by field', () => {
    expect(methodOptions(methods, '/orders.Orders/List')).toEqual({
      timeoutMs: 1_000,
      waitForReady: false,
      retry: { attempts: 2 },
    });
    expect(methodOptions(methods, '/orders.Orders/Cancel')).toBe(methods['/orders.Orders']);
    expect(methodOptions(methods, '/greeter.Greeter/SayHello')).toEqual({});
  });

  it('replace the retries of its service by hedging', () => {
    const { retry, hedging } = methodOptions(methods, '/orders.Orders/Place');
    expect([retry, hedging]).toEqual([undefined, { attempts: 3 }]);
  });
});

describe('a method config', () => {
  const retryPolicy = {
    maxAttempts: 5,
    initialBackoff: '1s',
    maxBackoff: '1s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['ABORTED'],
  };
  const published = {
    name: [],
    timeout: { seconds: 9, nanos: 0 },
    maxRequestBytes: 1,
    retryPolicy,
  };

  it('stays unchanged without options', () => {
    expect(withOptions(published, {})).toEqual(published);
  });

  it('is overridden by options field by field', () => {
    expect(withOptions(published, { timeoutMs: 1_250.5, retry: { attempts: 3 } })).toEqual({
      name: [],
      maxRequestBytes: 1,
      timeout: { seconds: 1, nanos: 250_500_000 },
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: '0.050000s',
        maxBackoff: '1.000000s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    });
  });

  it('hedges instead of retrying if options require it', () => {
    const hedging = { attempts: 2, delayMs: 20, nonFatalCodes: ['INTERNAL' as const] };
    expect(withOptions(published, { hedging, waitForReady: true })).toEqual({
      name: [],
      maxRequestBytes: 1,
      timeout: published.timeout,
      waitForReady: true,
      hedgingPolicy: {
        maxAttempts: 2,
        hedgingDelay: '0.020000s',
        nonFatalStatusCodes: ['INTERNAL'],
      },
    });
  });
});
