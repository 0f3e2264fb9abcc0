import { describe, expect, it } from '@jest/globals';
import type { ViewEndpoint } from '../service-view.js';
import { groupEndpoints } from './endpoint-groups.js';

const at = (host: string, port = 1, extra: Partial<ViewEndpoint> = {}): ViewEndpoint => ({
  ...{ host, port, weight: 100 },
  ...extra,
});
const groups = (...endpoints: ViewEndpoint[]) => groupEndpoints(endpoints).groups;

describe('groupEndpoints', () => {
  it.each<[string, ViewEndpoint, string]>([
    ['a host name', at('greeter.internal'), 'not an IP address'],
    ['an empty host', at(''), 'not an IP address'],
    ['an IPv6 address with a zone', at('fe80::1%eth0'), 'not an IP address'],
    ['port 0', at('10.0.0.1', 0), 'invalid port'],
    ['a port above 65535', at('10.0.0.1', 65_536), 'invalid port'],
    ['a port that is no integer', at('10.0.0.1', 1.5), 'invalid port'],
    ['a negative weight', at('10.0.0.1', 1, { weight: -1 }), 'invalid weight'],
    ['a weight above 65535', at('10.0.0.1', 1, { weight: 65_536 }), 'invalid weight'],
    ['a weight that is no number', at('10.0.0.1', 1, { weight: NaN }), 'invalid weight'],
  ])('leaves out %s, and keeps the others', (_, endpoint, reason) => {
    const { groups: kept, leftOut } = groupEndpoints([endpoint, at('10.0.0.9', 9)]);
    expect(leftOut).toEqual([{ endpoint, reason }]);
    expect(kept.flatMap(({ endpoints }) => endpoints.map(({ ip }) => ip))).toEqual(['10.0.0.9']);
  });

  it.each([
    ['the same text', '10.0.0.1', '10.0.0.1'],
    ['IPv6 in two spellings', '2001:DB8::1', '2001:db8:0:0::1'],
    ['IPv6 with and without brackets', '[::1]', '::1'],
  ])('leaves out the second of two equal addresses: %s', (_, first, second) => {
    const { groups: kept, leftOut } = groupEndpoints([at(first), at(second)]);
    expect(leftOut.map(({ reason }) => reason)).toEqual(['duplicate address']);
    expect(kept).toHaveLength(1);
  });

  it('closes gaps between priorities', () => {
    const found = groups(
      at('10.0.0.1', 1, { priority: 7 }),
      at('10.0.0.2', 1, { priority: 3 }),
      at('10.0.0.3', 1, { priority: 9 }),
    );
    expect(found.map(({ priority, endpoints }) => [priority, endpoints[0]?.ip])).toEqual([
      [0, '10.0.0.2'],
      [1, '10.0.0.1'],
      [2, '10.0.0.3'],
    ]);
  });

  it('makes one group for each zone and weight', () => {
    const found = groups(
      at('10.0.0.1', 1, { zone: 'a' }),
      at('10.0.0.2', 1, { zone: 'a' }),
      at('10.0.0.3', 1, { zone: 'a', weight: 50 }),
      at('10.0.0.4', 1, { zone: 'b' }),
    );
    const shapes = found.map(({ zone, weight, endpoints }) => [zone, weight, endpoints.length]);
    expect(shapes).toEqual([
      ['a', 100, 2],
      ['a', 50, 1],
      ['b', 100, 1],
    ]);
  });

  it('leaves out weight 0, unless all have it', () => {
    const none = { weight: 0 };
    expect(groups(at('10.0.0.1', 1, none), at('10.0.0.2'))).toHaveLength(1);
    const [all] = groups(at('10.0.0.1', 1, none), at('10.0.0.2', 1, none));
    expect(all).toMatchObject({ weight: 1, endpoints: [{}, {}] });
  });

  it('gives the same groups for the same endpoints in another order', () => {
    const endpoints = Array.from({ length: 20 }, (_, i) =>
      at(`10.0.0.${i}`, 1 + (i % 3), { zone: `z${i % 2}`, weight: 1 + (i % 4) }),
    );
    expect(groups(...[...endpoints].reverse())).toEqual(groups(...endpoints));
  });
});
