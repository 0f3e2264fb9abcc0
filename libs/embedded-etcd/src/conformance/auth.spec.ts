import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b, fromKey } from '../spec/bytes.js';
import { type Step } from '../spec/pair.js';

const permission = (permType: string, key: string, end = '') => ({
  name: 'reader',
  perm: { permType, key: b(key), range_end: b(end) },
});

const setUp: readonly Step[] = [
  ['AuthStatus'],
  ['Put', { key: b('a'), value: b('1') }],
  ['AuthEnable'],
  ['UserAdd', { name: 'root', password: 'secret' }],
  ['AuthEnable'],
  ['UserGrantRole', { user: 'root', role: 'root' }],
  ['UserAdd', { name: 'ann', password: 'pw' }],
  ['UserAdd', { name: 'certificate-only', options: { no_password: true } }],
  ['RoleAdd', { name: 'reader' }],
  ['RoleGrantPermission', permission('READ', 'a', 'c')],
  ['RoleGrantPermission', permission('READWRITE', 'c', 'e')],
  ['RoleGrantPermission', permission('READ', 'x')],
  ['RoleGrantPermission', permission('WRITE', 'x')],
  ['UserGrantRole', { user: 'ann', role: 'reader' }],
  ['UserGrantRole', { user: 'ann', role: 'reader' }],
];

const mistakes: readonly Step[] = [
  ['Authenticate', { name: 'ann', password: 'pw' }],
  ['UserAdd', { name: '', password: 'x' }],
  ['UserAdd', { name: 'ann', password: 'x' }],
  ['UserGet', { name: 'nobody' }],
  ['UserDelete', { name: 'nobody' }],
  ['UserChangePassword', { name: 'nobody', password: 'x' }],
  ['UserGrantRole', { user: 'nobody', role: 'reader' }],
  ['UserGrantRole', { user: 'ann', role: 'missing' }],
  ['UserRevokeRole', { name: 'ann', role: 'missing' }],
  ['RoleAdd', { name: '' }],
  ['RoleAdd', { name: 'reader' }],
  ['RoleGet', { role: 'missing' }],
  ['RoleDelete', { role: 'missing' }],
  ['RoleGrantPermission', { ...permission('READ', 'a'), name: 'missing' }],
  ['RoleRevokePermission', { role: 'reader', key: b('z') }],
  ['UserGet', { name: 'ann' }],
  ['UserList'],
  ['RoleGet', { role: 'reader' }],
  ['RoleList'],
];

const accesses: readonly Step[] = [
  ['Range', { key: b('a') }],
  ['Range', { key: b('a'), range_end: b('e') }],
  ['Range', { key: b('a'), range_end: b('f') }],
  ['Range', { key: b('a'), range_end: fromKey }],
  ['Put', { key: b('a') }],
  ['Put', { key: b('c'), prev_kv: true }],
  ['Put', { key: b('x') }],
  ['Put', { key: b('x'), prev_kv: true }],
  ['DeleteRange', { key: b('c'), range_end: b('e'), prev_kv: true }],
  ['DeleteRange', { key: b('x'), prev_kv: true }],
  ['DeleteRange', { key: b('b'), range_end: b('d') }],
  ['Txn', { compare: [{ key: b('z') }] }],
  ['Txn', { failure: [{ request_put: { key: b('z') } }] }],
  ['Txn', { success: [{ request_range: { key: b('a') } }, { request_put: { key: b('d') } }] }],
  ['Txn'],
  ['Compact', { revision: 1000 }],
  ['LeaseRevoke', { ID: 1000 }],

  ['AuthStatus'],
  ['Defragment'],
  ['UserGet', { name: 'ann' }],
  ['UserGet', { name: 'root' }],
  ['UserList'],
  ['RoleGet', { role: 'reader' }],
  ['RoleGet', { role: 'root' }],
  ['RoleList'],
  ['RoleAdd', { name: 'more' }],
  ['UserDelete', { name: 'root' }],
  ['UserRevokeRole', { name: 'root', role: 'root' }],
  ['RoleDelete', { role: 'root' }],
];

againstEtcd('Auth answers as etcd does', (pair) => {
  const asUser = (name: string | undefined, password: string, steps: readonly Step[]) =>
    pair().both(async (client) => {
      client.token = undefined;
      if (name !== undefined) await client.login(name, password);
      const outcomes: unknown[] = [];
      for (const step of steps) outcomes.push([step, await client.call(...step)]);
      return outcomes;
    });

  it('to what is set up while it is off', async () => {
    const { real, embedded } = await pair().steps([...setUp, ...mistakes]);
    expect(embedded).toEqual(real);
  });

  it('to logins', async () => {
    const { real, embedded } = await pair().steps([
      ['AuthEnable'],
      ['Authenticate', { name: 'ann', password: 'wrong' }],
      ['Authenticate', { name: 'nobody', password: 'pw' }],
      ['Authenticate', { name: '', password: '' }],
      ['Authenticate', { name: 'certificate-only', password: '' }],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to callers without a token', async () => {
    const { real, embedded } = await asUser(undefined, '', accesses);
    expect(embedded).toEqual(real);
  });

  it('to a user with some permissions', async () => {
    const { real, embedded } = await asUser('ann', 'pw', accesses);
    expect(embedded).toEqual(real);
  });

  it('to root', async () => {
    const { real, embedded } = await asUser('root', 'secret', accesses);
    expect(embedded).toEqual(real);
  });

  it('to a lease that holds keys out of reach', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      await client.login('root', 'secret');
      const outcomes = [
        await client.call('LeaseGrant', { TTL: 500, ID: 7 }),
        await client.call('Put', { key: b('out-of-reach'), lease: 7 }),
      ];
      await client.login('ann', 'pw');
      outcomes.push(await client.call('Put', { key: b('c'), lease: 7 }));
      outcomes.push(await client.call('LeaseRevoke', { ID: 7 }));
      return outcomes;
    });
    expect(embedded).toEqual(real);
  });

  it('to watches that are forbidden, and to watches without a valid token', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const answers: unknown[] = [];
      const watch = async (key: string, count: number) => {
        const stream = client.open('Watch');
        stream.send({ create_request: { key: b(key) } });
        stream.send({ create_request: { key: b('out-of-reach'), watch_id: 8 } });
        answers.push(await stream.take(count));
        stream.cancel();
      };
      await client.login('ann', 'pw');
      await watch('a', 2);
      client.token = 'never-issued';
      await watch('a', 2);
      client.token = undefined;
      await watch('a', 2);
      return answers;
    });
    expect(embedded).toEqual(real);
  });

  it('to a token that was never issued', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      client.token = 'never-issued';
      const outcomes: unknown[] = [];

      for (const step of accesses) outcomes.push([step, await client.call(...step)]);
      return outcomes;
    });
    expect(embedded).toEqual(real);
  });

  it('to tokens of users who changed or are gone', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const outcomes: unknown[] = [];
      const rootToken = await client.login('root', 'secret');
      const oldToken = await client.login('ann', 'pw');
      const use = async (token: string, ...step: Step) => {
        client.token = token;
        outcomes.push([step, await client.call(...step)]);
      };
      await use(rootToken, 'RoleRevokePermission', {
        role: 'reader',
        key: b('a'),
        range_end: b('c'),
      });
      await use(oldToken, 'Range', { key: b('a') });
      await use(rootToken, 'UserChangePassword', { name: 'ann', password: 'new' });
      await use(oldToken, 'Range', { key: b('c') });
      const newToken = await client.login('ann', 'new');
      await use(rootToken, 'RoleDelete', { role: 'reader' });
      await use(newToken, 'Range', { key: b('c') });
      await use(rootToken, 'UserDelete', { name: 'ann' });
      await use(newToken, 'Range', { key: b('c') });
      await use(rootToken, 'AuthDisable');
      await use(rootToken, 'Range', { key: b('a') });
      client.token = undefined;
      outcomes.push(await client.call('Range', { key: b('a') }));
      return outcomes;
    });
    expect(embedded).toEqual(real);
  });
});
