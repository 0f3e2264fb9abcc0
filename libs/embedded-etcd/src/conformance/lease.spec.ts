import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b, fromKey } from '../spec/bytes.js';

againstEtcd('Lease answers as etcd does', (pair) => {
  it('to grants', async () => {
    const { real, embedded } = await pair().steps([
      ['LeaseGrant', { TTL: 300, ID: 5 }],
      ['LeaseGrant', { TTL: 300, ID: 5 }],
      ['LeaseGrant', { TTL: '9000000000', ID: 6 }],
      ['LeaseGrant', { TTL: '9000000001', ID: 7 }],
      ['LeaseGrant', { TTL: '9000000001', ID: 5 }],
      ['LeaseGrant', { TTL: 400, ID: '-9' }],
      ['LeaseGrant', { TTL: 500, ID: '9223372036854775807' }],
      ['LeaseLeases'],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to a TTL below its minimum, with the minimum', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const grants = [1, 0, -3].map((TTL) => client.expect('LeaseGrant', { TTL }));
      return (await Promise.all(grants)).map(({ TTL }) => TTL);
    });
    expect(embedded).toEqual(real);
  });

  it('to what is left of a lease, and which keys hang on it', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const outcomes = [
        await client.call('Put', { key: b('on-it'), lease: 5 }),
        await client.call('LeaseTimeToLive', { ID: 5, keys: true }),
        await client.call('Put', { key: b('on-it') }),
        await client.call('LeaseTimeToLive', { ID: 5, keys: true }),
        await client.call('LeaseTimeToLive', { ID: 99, keys: true }),
      ];
      // Of the 300 s some may have passed, and on one server more than on the other.
      return outcomes.map((outcome) =>
        'ok' in outcome && 'TTL' in outcome.ok
          ? { ...outcome.ok, TTL: Number(outcome.ok.TTL) > 150 }
          : outcome,
      );
    });
    expect(embedded).toEqual(real);
  });

  it('to a revoke, which deletes all its keys in one revision', async () => {
    const { real, embedded } = await pair().steps([
      ['Put', { key: b('z'), lease: 5 }],
      ['Put', { key: b('a'), lease: 5 }],
      ['Put', { key: b('moved'), lease: 5 }],
      ['Put', { key: b('moved'), lease: 6 }],
      ['LeaseRevoke', { ID: 5 }],
      ['Range', { key: fromKey, range_end: fromKey }],
      ['LeaseRevoke', { ID: 5 }],
      ['LeaseRevoke', { ID: 0 }],
      ['LeaseRevoke', { ID: '-9' }],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to keepalives, until the caller half-closes', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const stream = client.open('LeaseKeepAlive');
      for (const ID of [6, 1234, '9223372036854775807']) stream.send({ ID });
      const answers = await stream.take(3);
      stream.halfClose();
      return [answers, await stream.ended()];
    });
    expect(embedded).toEqual(real);
  });

  it('to the end of a lease, whose keys go in one answer', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      await client.expect('LeaseGrant', { TTL: 5, ID: 77 });
      for (const key of ['e/2', 'e/1']) await client.expect('Put', { key: b(key), lease: 77 });
      const stream = client.open('Watch');
      stream.send({ create_request: { key: b('e/'), range_end: b('e0'), prev_kv: true } });
      const answers: unknown[] = await stream.take(2);
      stream.cancel();
      const keepalive = client.open('LeaseKeepAlive');
      keepalive.send({ ID: 77 });
      answers.push(await keepalive.next());
      keepalive.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });
});
