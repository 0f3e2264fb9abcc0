import { describe, expect, it } from '@jest/globals';
import * as api from '../index.js';
import { parsePolicy } from './policies.js';

const { roundRobin } = api;
const child = { childPolicy: [{ round_robin: {} }] };

describe('the builders of policies', () => {
  it.each([
    [api.pickFirst(), { pick_first: { shuffleAddressList: true } }],
    [api.roundRobin(), { round_robin: {} }],
    [api.random(), { random: {} }],
    [api.weightedRoundRobin(), { weighted_round_robin: {} }],
    [
      api.weightedRoundRobin({ weights: 'reported' }),
      { weighted_round_robin: { weights: 'reported' } },
    ],
    [api.leastRequest({ choiceCount: 3 }), { least_request: { choiceCount: 3 } }],
    [api.consistentHash({ metadata: 'x-user' }), { consistent_hash: { metadata: 'x-user' } }],
    [api.slowStart(roundRobin(), { windowMs: 1e4 }), { slow_start: { windowMs: 1e4, ...child } }],
    [api.subset(roundRobin(), { size: 5 }), { subset: { size: 5, ...child } }],
    [
      api.filterInstances(roundRobin(), { version: '2' }),
      { filter_instances: { version: '2', ...child } },
    ],
    [
      api.preferLocality(roundRobin(), { locality: { region: 'eu', zone: 'eu-1' } }),
      { prefer_locality: { region: 'eu', zone: 'eu-1', ...child } },
    ],
    [
      api.outlierDetection(roundRobin(), { intervalMs: 2_500 }),
      { outlier_detection: { interval: '2.5s', failurePercentageEjection: {}, ...child } },
    ],
  ])('make configs that survive JSON: %j', (config, expected) => {
    expect(config).toEqual(expected);
    expect(JSON.parse(JSON.stringify(config))).toEqual(expected);
  });

  const unknown = { colour: 1 } as never;
  it.each<[string, () => unknown]>([
    ['pick_first', () => api.pickFirst(unknown)],
    ['weighted_round_robin', () => api.weightedRoundRobin(unknown)],
    ['least_request', () => api.leastRequest(unknown)],
    ['consistent_hash', () => api.consistentHash(unknown)],
    ['slow_start', () => api.slowStart(roundRobin(), { windowMs: 1e4, ...(unknown as object) })],
    ['subset', () => api.subset(roundRobin(), { size: 5, ...(unknown as object) })],
    [
      'filter_instances',
      () => api.filterInstances(roundRobin(), { version: '2', ...(unknown as object) }),
    ],
    [
      'prefer_locality',
      () =>
        api.preferLocality(roundRobin(), { locality: { region: 'eu', ...(unknown as object) } }),
    ],
    [
      'prefer_locality',
      () =>
        api.preferLocality(roundRobin(), { locality: { region: 'eu' }, ...(unknown as object) }),
    ],
    ['outlier_detection', () => api.outlierDetection(roundRobin(), unknown)],
    [
      'outlier_detection.successRateEjection',
      () => api.outlierDetection(roundRobin(), { successRate: unknown }),
    ],
    [
      'outlier_detection.failurePercentageEjection',
      () => api.outlierDetection(roundRobin(), { failurePercentage: { stdevFactor: 1 } as never }),
    ],
  ])('refuse an unknown option: %s', (policy, build) => {
    const text = new RegExp(`^${policy}: each option must be one of .*(colour|stdevFactor)`);
    expect(build).toThrow(text);
  });

  const wrong: [string, () => unknown][] = [
    [
      'least_request: choiceCount must be an integer from 2 to 100, but is 1. Use 2',
      () => api.leastRequest({ choiceCount: 1 }),
    ],
    [
      'least_request: halfLifeMs must be a number from 10 to 600000, but is NaN',
      () => api.leastRequest({ halfLifeMs: NaN }),
    ],
    [
      'consistent_hash: boundedLoad must be a number from 1.01 to 100, but is 1',
      () => api.consistentHash({ boundedLoad: 1 }),
    ],
    [
      'consistent_hash: metadata must be a string that is not empty, but is ""',
      () => api.consistentHash({ metadata: '' }),
    ],
    [
      'consistent_hash: each option must be one of',
      () => api.consistentHash({ tablesize: 1 } as never),
    ],
    [
      'weighted_round_robin: weights must be "registered" or "reported"',
      () => api.weightedRoundRobin({ weights: 'x' as never }),
    ],
    [
      'slow_start: windowMs must be given, but is not given',
      () => api.slowStart(roundRobin(), {} as never),
    ],
    [
      'slow_start: minShare must be a number from 0.01 to 1, but is 2',
      () => api.slowStart(roundRobin(), { windowMs: 1e4, minShare: 2 }),
    ],
    [
      'subset: size must be an integer from 1 to 65535, but is 0',
      () => api.subset(roundRobin(), { size: 0 }),
    ],
    [
      'subset: clientIndex must be an integer from 0',
      () => api.subset(roundRobin(), { size: 1, clientIndex: -1 }),
    ],
    [
      'filter_instances: version or metadata must be given',
      () => api.filterInstances(roundRobin(), {}),
    ],
    [
      'filter_instances: metadata must be an object of strings',
      () => api.filterInstances(roundRobin(), { metadata: { a: 1 } as never }),
    ],
    [
      'prefer_locality: region must be a string',
      () => api.preferLocality(roundRobin(), { locality: { region: '' } }),
    ],
    [
      'outlier_detection.failurePercentageEjection.threshold: it must be a number from 0 to 100',
      () => api.outlierDetection(roundRobin(), { failurePercentage: { threshold: 101 } }),
    ],
    [
      'pick_first: shuffleAddressList must be true or false',
      () => api.pickFirst({ shuffleAddressList: 1 as never }),
    ],
  ];
  it.each(wrong)('throw InvalidPolicyError: %s', (text, build) => {
    expect(build).toThrow(api.InvalidPolicyError);
    expect(build).toThrow(text);
  });

  it('fail for the same values in a parsed config, with the policy named', () => {
    expect(() =>
      parsePolicy([
        { subset: { size: 5, childPolicy: [{ least_request: { choiceCount: '2' } }] } },
      ]),
    ).toThrow('least_request: choiceCount must be an integer from 2 to 100, but is "2"');
    expect(() => parsePolicy([{ subset: { size: 5 } }])).toThrow('subset: childPolicy must be');
    expect(() => parsePolicy([{ subset: [] as never }])).toThrow('its settings must be an object');
    expect(() => parsePolicy([{ a: {}, b: {} }])).toThrow('one of the keys a, b');
    expect(() =>
      parsePolicy([{ subset: { size: 5, childPolicy: [api.outlierDetection(roundRobin())] } }]),
    ).toThrow('outlier_detection: its place must be around the policy of a channel');
  });

  it('parse the first known policy and skip unknown names', () => {
    expect(() => parsePolicy([{ newer: {} }, { round_robin: {} }])).not.toThrow();
  });
});
