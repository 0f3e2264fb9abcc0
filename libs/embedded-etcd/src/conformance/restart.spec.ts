import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b, fromKey } from '../spec/bytes.js';
import { type Pair } from '../spec/pair.js';
import { type RawClient } from '../spec/raw-client.js';

const everything = { key: fromKey, range_end: fromKey };

interface Header {
  readonly cluster_id: string;
  readonly member_id: string;
  readonly raft_term: string;
}

async function headerOf(client: RawClient): Promise<Header> {
  return (await client.expect('Range', everything)).header as Header;
}

/** What became of both servers' ids and terms. */
async function overRestart(pair: Pair, options: { wipe: boolean }) {
  const before = { real: await headerOf(pair.real), embedded: await headerOf(pair.embedded) };
  await pair.restart(options);
  const after = { real: await headerOf(pair.real), embedded: await headerOf(pair.embedded) };
  const change = (server: 'real' | 'embedded') => ({
    hasItsIds:
      before[server].cluster_id === after[server].cluster_id &&
      before[server].member_id === after[server].member_id,
    terms: Number(after[server].raft_term) - Number(before[server].raft_term),
  });
  return { real: change('real'), embedded: change('embedded') };
}

againstEtcd('A restart does as in etcd', (pair) => {
  it('to data, leases, compactions and tokens', async () => {
    await pair().both(async (client) => {
      await client.expect('Put', { key: b('a'), value: b('1') });
      await client.expect('Put', { key: b('a'), value: b('2') });
      await client.expect('LeaseGrant', { TTL: 3600, ID: 7 });
      await client.expect('Put', { key: b('leased'), lease: 7 });
      await client.expect('Put', { key: b('a'), value: b('3') });
      await client.expect('Compact', { revision: 3 });
      await client.expect('UserAdd', { name: 'root', password: 'pw' });
      await client.expect('UserGrantRole', { user: 'root', role: 'root' });
      await client.expect('AuthEnable');
    });
    const tokens = await Promise.all(
      [pair().real, pair().embedded].map((client) => client.login('root', 'pw')),
    );
    await pair().restart();

    const { real, embedded } = await pair().both(async (client) => {
      client.token = tokens[client === pair().real ? 0 : 1];
      const outcomes: unknown[] = [await client.call('Range', everything)];
      outcomes.push(await client.call('Put', { key: b('a') }));
      const stream = client.open('Watch');
      stream.send({ create_request: { key: b('a') } });
      outcomes.push(await stream.next());
      stream.cancel();
      outcomes.push(await client.call('Range', { ...everything, revision: 2 }));
      outcomes.push(await client.call('Range', { ...everything, revision: 3 }));
      const { TTL, ...lease } = await client.expect('LeaseTimeToLive', { ID: 7, keys: true });
      outcomes.push(lease, Number(TTL) > 3000);
      outcomes.push(await client.call('AuthDisable'));
      return outcomes;
    });
    expect(embedded).toEqual(real);
  });

  it('to its ids and raft term', async () => {
    pair().real.token = undefined;
    pair().embedded.token = undefined;
    const { real, embedded } = await overRestart(pair(), { wipe: false });
    expect(embedded).toEqual(real);
  });

  it('to an etcd that lost its data and was started with the same flags', async () => {
    const { real, embedded } = await overRestart(pair(), { wipe: true });
    expect(embedded.hasItsIds).toBe(real.hasItsIds);
    const answers = await pair().steps([
      ['Range', everything],
      ['LeaseLeases'],
      ['UserList'],
      ['Put', { key: b('a') }],
    ]);
    expect(answers.embedded).toEqual(answers.real);
  });
});
