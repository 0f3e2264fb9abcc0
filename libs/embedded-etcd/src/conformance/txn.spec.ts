import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b, fromKey } from '../spec/bytes.js';

const put = (key: string, more: object = {}) => ({ request_put: { key: b(key), ...more } });
const get = (key: string, more: object = {}) => ({ request_range: { key: b(key), ...more } });
const remove = (key: string, more: object = {}) => ({
  request_delete_range: { key: b(key), ...more },
});
const nested = (txn: object) => ({ request_txn: txn });
const many = (count: number) => Array.from({ length: count }, (_, i) => put(`many/${i}`));

againstEtcd('Txn answers as etcd does', (pair) => {
  it('to every compare, on keys that exist and keys that do not', async () => {
    const compares = ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'].flatMap((result) =>
      ['k', 'missing'].flatMap((key) => [
        { key: b(key), result, target: 'VERSION', version: 1 },
        { key: b(key), result, target: 'CREATE', create_revision: 2 },
        { key: b(key), result, target: 'MOD', mod_revision: 3 },
        { key: b(key), result, target: 'VALUE', value: b('v') },
        { key: b(key), result, target: 'VALUE' },
        { key: b(key), result, target: 'LEASE', lease: 0 },
        { key: b(key), result, target: 'MOD' },
        { key: b('k'), range_end: b('l'), result, target: 'VERSION', version: 1 },
        { key: b('k'), range_end: fromKey, result, target: 'CREATE', create_revision: 2 },
      ]),
    );
    const { real, embedded } = await pair().steps([
      ['Put', { key: b('k'), value: b('v') }],
      ['Put', { key: b('k2'), value: b('v') }],
      ...compares.map((compare) => ['Txn', { compare: [compare] }] as const),
      ['Txn', { compare: [{ key: b('') }] }],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to operations that see each other', async () => {
    const { real, embedded } = await pair().steps([
      ['Txn'],
      ['Txn', { success: [get('k'), put('t', { prev_kv: true }), get('t'), remove('nothing')] }],
      ['Txn', { success: [remove('t', { prev_kv: true }), get('t'), remove('t')] }],
      ['Txn', { success: [remove('nothing')] }],
      ['Txn', { success: [put('u'), remove('k', { range_end: fromKey }), get('u')] }],
      ['Range', { key: fromKey, range_end: fromKey }],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to nested transactions, whose compares come before every write', async () => {
    const isNew = { key: b('n'), target: 'VERSION', version: 0 };
    const inner = { compare: [isNew], success: [get('n')], failure: [put('m')] };
    const { real, embedded } = await pair().steps([
      ['Txn', { success: [put('n'), nested(inner), get('n')] }],
      ['Txn', { success: [put('n'), nested(inner), get('m')] }],
      [
        'Txn',
        { success: [nested({ compare: [isNew], success: [put('x')], failure: [put('x')] })] },
      ],
      [
        'Txn',
        { success: [nested({ success: [nested({ success: [put('deep')] })] }), get('deep')] },
      ],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to transactions that it refuses, and writes nothing', async () => {
    const { real, embedded } = await pair().steps([
      ['Txn', { success: [{}] }],
      ['Txn', { success: [put('')] }],
      ['Txn', { success: [put('d'), put('d')] }],
      ['Txn', { success: [put('d'), remove('a', { range_end: b('z') })] }],
      ['Txn', { failure: [put('d'), remove('d')] }],
      ['Txn', { success: [put('d'), nested({ success: [put('d')] })] }],
      ['Txn', { success: [remove('d'), nested({ failure: [put('d')] })] }],
      ['Txn', { success: [nested({ success: [put('d')] }), nested({ failure: [put('d')] })] }],
      ['Txn', { success: [put('d'), get('k', { revision: 1000 })] }],
      ['Txn', { success: [put('d', { lease: 1234 }), get('k', { revision: 1000 })] }],
      ['Txn', { success: [put('d'), put('missing', { ignore_value: true })] }],
      ['Txn', { success: [put('d', { ignore_value: true, value: b('v') })] }],
      ['Txn', { success: many(129) }],
      ['Txn', { success: [...many(127), nested({ success: many(2) })] }],
      ['Range', { key: fromKey, range_end: fromKey }],
      ['Txn', { success: many(128) }],
    ]);
    expect(embedded).toEqual(real);
  });
});
