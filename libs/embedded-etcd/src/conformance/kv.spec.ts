import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b, fromKey } from '../spec/bytes.js';

const fruits = { key: b('fruit/'), range_end: b('fruit0') };
const everything = { key: fromKey, range_end: fromKey };

againstEtcd('KV answers as etcd does', (pair) => {
  it('to puts', async () => {
    const { real, embedded } = await pair().steps([
      ['Put', { key: b(''), value: b('x') }],
      ['Put', { key: b('a'), value: b('1') }],
      ['Put', { key: b('a'), value: b('2'), prev_kv: true }],
      ['Put', { key: b('a'), value: b('3'), ignore_value: true }],
      ['Put', { key: b('a'), ignore_value: true, prev_kv: true }],
      ['Put', { key: b('missing'), ignore_value: true }],
      ['Put', { key: b('missing'), ignore_lease: true }],
      ['Put', { key: b('missing'), ignore_lease: true, lease: 5 }],
      ['Put', { key: b('missing'), lease: 5 }],
      ['LeaseGrant', { TTL: 500, ID: 11 }],
      ['Put', { key: b('leased'), value: b('1'), lease: 11 }],
      ['Put', { key: b('leased'), value: b('2'), ignore_lease: true }],
      ['Put', { key: b('leased'), ignore_value: true, prev_kv: true }],
      ['Put', { key: b('\0\xff'), value: Buffer.of(0, 255) }],
      ['Range', everything],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to streams of ranges', async () => {
    const puts = Array.from(
      { length: 200 },
      (_, i) => ['Put', { key: b(`many/${i}`), value: Buffer.alloc(i) }] as const,
    );
    const written = await pair().steps(puts);
    expect(written.embedded).toEqual(written.real);
    const many = { key: b('many/'), range_end: b('many0') };
    // Not by another target in no order: of that etcd 3.7.3 streams keys twice.
    const orders = ['ASCEND', 'DESCEND'].flatMap((sort_order) =>
      ['KEY', 'MOD'].map((sort_target) => ({ ...many, sort_order, sort_target })),
    );
    const requests = [
      many,
      { ...many, limit: 7 },
      { ...many, limit: 150 },
      { ...many, limit: 200 },
      { ...many, keys_only: true },
      { ...many, count_only: true },
      { key: b('many/7') },
      { key: b('none') },
      { key: b('') },
      { ...many, revision: 20 },
      { ...many, revision: 100_000 },
      { ...many, min_mod_revision: 3 },
      { ...many, max_create_revision: 3 },
      ...orders,
    ];
    const { real, embedded } = await pair().both(async (client) => {
      const outcomes = [];
      for (const request of requests) outcomes.push(await client.parts('RangeStream', request));
      return outcomes;
    });
    expect(embedded).toEqual(real);
  });

  it('to ranges by limit, order, filter and revision', async () => {
    const { real, embedded } = await pair().steps([
      ['Put', { key: b('fruit/pear'), value: b('3') }],
      ['Put', { key: b('fruit/apple'), value: b('2') }],
      ['Put', { key: b('fruit/fig'), value: b('1') }],
      ['Put', { key: b('fruit/apple'), value: b('4') }],
      ['Range', { key: b('') }],
      ['Range', { key: b('fruit/fig') }],
      ['Range', fruits],
      ['Range', { ...fruits, limit: 2 }],
      ['Range', { ...fruits, limit: 3 }],
      ['Range', { ...fruits, limit: -1 }],
      ['Range', { ...fruits, keys_only: true }],
      ['Range', { ...fruits, count_only: true, limit: 1 }],
      ['Range', { key: b('fruit0'), range_end: b('fruit/') }],
      ['Range', { key: b('fruit/b'), range_end: fromKey }],
      ...['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'].flatMap((sort_target) =>
        ['NONE', 'ASCEND', 'DESCEND'].map(
          (sort_order) => ['Range', { ...fruits, sort_target, sort_order, limit: 2 }] as const,
        ),
      ),
      ['Range', { ...fruits, min_mod_revision: 8, limit: 1 }],
      ['Range', { ...fruits, max_mod_revision: 9 }],
      ['Range', { ...fruits, min_create_revision: 8, max_create_revision: 9 }],
      ['Range', { ...fruits, revision: 8 }],
      ['Range', { ...fruits, revision: -1 }],
      ['Range', { ...fruits, revision: 1000 }],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to deletes', async () => {
    const { real, embedded } = await pair().steps([
      ['DeleteRange', { key: b('') }],
      ['DeleteRange', { key: b('missing') }],
      ['DeleteRange', { key: b('fruit/fig'), prev_kv: true }],
      ['DeleteRange', { key: b('z'), range_end: b('a') }],
      ['DeleteRange', { ...fruits, prev_kv: true }],
      ['Put', { key: b('fruit/fig'), value: b('back') }],
      ['Range', fruits],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to requests that are too large', async () => {
    const limit = 1.5 * 1024 * 1024;
    const { real, embedded } = await pair().steps([
      ['Put', { key: b('big'), value: Buffer.alloc(limit - 100) }],
      ['Put', { key: b('big'), value: Buffer.alloc(limit) }],
      ['Txn', { success: [{ request_put: { key: b('big'), value: Buffer.alloc(limit) } }] }],
      ['DeleteRange', { key: b('big') }],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to compactions, and to reads before them', async () => {
    const { real, embedded } = await pair().steps([
      ['Compact', { revision: 0 }],
      ['Compact', { revision: 0 }],
      ['Compact', { revision: -1 }],
      ['Compact', { revision: 1000 }],
      ['Compact', { revision: 4 }],
      ['Compact', { revision: 4 }],
      ['Compact', { revision: 3 }],
      ['Range', { key: b('a'), revision: 3 }],
      ['Range', { key: b('a'), revision: 4 }],
      ['Txn', { success: [{ request_range: { key: b('a'), revision: 3 } }] }],
    ]);
    expect(embedded).toEqual(real);
  });
});
