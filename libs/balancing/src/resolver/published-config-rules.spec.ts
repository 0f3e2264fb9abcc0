import { beforeAll, describe, expect, it } from '@jest/globals';
import { installBalancing } from '../install.js';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import { assertServiceConfig } from './service-config.js';

const name = [{ service: 'helloworld.Greeter' }];
const method = (config: object) => ({ methodConfig: [{ name, ...config }] });
const retry = (config: object) =>
  method({
    retryPolicy: {
      maxAttempts: 3,
      initialBackoff: '0.1s',
      maxBackoff: '1s',
      backoffMultiplier: 2,
      retryableStatusCodes: ['UNAVAILABLE'],
      ...config,
    },
  });

/** What a deadline or a timer can't be made of. */
const NO_DURATIONS = [
  '9999999999999s',
  '0s',
  '-1s',
  '1',
  's',
  'NaNs',
  '1e3s',
  5,
  {},
  [],
  '0.0001s',
];

describe('A service config to be published', () => {
  beforeAll(() => installBalancing());

  it.each([
    ...NO_DURATIONS.flatMap((duration): [string, object, string][] => [
      ['timeout', method({ timeout: duration }), 'duration'],
      ['initialBackoff', retry({ initialBackoff: duration }), 'duration'],
      ['maxBackoff', retry({ maxBackoff: duration }), 'duration'],
    ]),
    ['methodConfig', { methodConfig: 'x' }, 'an array'],
    ['methodConfig[0]', { methodConfig: ['x'] }, 'an object'],
    ['name', method({ name: 'x' }), 'an array'],
    ['maxAttempts', retry({ maxAttempts: 1e9 }), 'an integer from 2 to 100'],
    ['maxAttempts', retry({ maxAttempts: 1 }), 'an integer from 2 to 100'],
    ['retryableStatusCodes', retry({ retryableStatusCodes: ['OK'] }), 'other than OK'],
    ['retryableStatusCodes', retry({ retryableStatusCodes: [0] }), 'other than OK'],
    ['retryableStatusCodes', retry({ retryableStatusCodes: 'UNAVAILABLE' }), 'an array'],
    ['backoffMultiplier', retry({ backoffMultiplier: 0 }), 'a number'],
    ['maxRequestBytes', method({ maxRequestBytes: -1 }), 'an integer from 0'],
    ['maxResponseBytes', method({ maxResponseBytes: 0.5 }), 'an integer from 0'],
    ['waitForReady', method({ waitForReady: 'yes' }), 'true or false'],
    ['maxTokens', { retryThrottling: { maxTokens: 1e9, tokenRatio: 1 } }, 'a number'],
    ['loadBalancingConfg', { loadBalancingConfg: [] }, 'one of loadBalancingPolicy'],
    ['timout', method({ timout: '1s' }), 'one of name'],
    ['the service config', [], 'an object'],
    ['its name', { loadBalancingConfig: [{ constructor: {} }] }, 'one of consistent_hash'],
    ['its name', { loadBalancingConfig: [{ toString: {} }] }, 'one of consistent_hash'],
  ])('is refused for its %s: %j', (subject, config, expected) => {
    const check = () => assertServiceConfig(JSON.stringify(config));
    expect(check).toThrow(InvalidPolicyError);
    expect(check).toThrow(subject);
    expect(check).toThrow(expected);
  });

  it.each([
    ['a policy', (hostile: string) => ({ loadBalancingConfig: [{ [hostile]: {} }] })],
    [
      'an option',
      (hostile: string) => ({ loadBalancingConfig: [{ round_robin: { [hostile]: 1 } }] }),
    ],
    ['a member', (hostile: string) => ({ [hostile]: 1 })],
    ['a member of a method', (hostile: string) => ({ methodConfig: [{ [hostile]: 1 }] })],
    ['a value', (hostile: string) => ({ methodConfig: [{ timeout: hostile }] })],
    [
      'a code',
      (hostile: string) => ({
        methodConfig: [{ retryPolicy: { retryableStatusCodes: [hostile] } }],
      }),
    ],
  ])(
    'is refused with a text that a terminal may show, whatever the name of %s',
    (_where, configOf) => {
      const hostile = 'x\x1b[2J\u202e\x07\x9b1;1H\u2028ok';
      const refuse = () => assertServiceConfig(JSON.stringify(configOf(hostile)));
      expect(refuse).toThrow(InvalidPolicyError);
      expect(refuse).not.toThrow(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    },
  );

  it('is refused if it names members that every object has', () => {
    const check = () => assertServiceConfig('{"__proto__": {}, "loadBalancingConfig": []}');
    expect(check).toThrow(InvalidPolicyError);
    const policy = () => assertServiceConfig('{"loadBalancingConfig": [{"__proto__": {}}]}');
    expect(policy).toThrow(InvalidPolicyError);
  });

  it.each([
    {},
    method({ timeout: '0.25s' }),
    method({ timeout: '2147483s', maxRequestBytes: 0, waitForReady: true }),
    retry({}),
    retry({ retryableStatusCodes: ['UNAVAILABLE', 8] }),
    method({ hedgingPolicy: { maxAttempts: 2, hedgingDelay: '0s', nonFatalStatusCodes: [] } }),
    { retryThrottling: { maxTokens: 10, tokenRatio: 0.1 }, healthCheckConfig: {} },
    { loadBalancingConfig: [{ round_robin: {} }] },
  ])('is accepted: %j', (config) => {
    expect(() => assertServiceConfig(JSON.stringify(config))).not.toThrow();
  });
});
