import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b } from '../spec/bytes.js';

againstEtcd('Maintenance and Cluster answer as etcd does', (pair) => {
  it('to alarms, and to writes while space is exhausted', async () => {
    const { real, embedded } = await pair().steps([
      ['Alarm'],
      ['Alarm', { action: 'ACTIVATE', alarm: 'NOSPACE' }],
      ['Alarm'],
      ['Put', { key: b('a') }],
      ['LeaseGrant', { TTL: 10, ID: 7 }],
      ['Txn', { success: [{ request_put: { key: b('a') } }] }],
      ['Txn', { failure: [{ request_put: { key: b('a') } }] }],
      ['Txn', { success: [{ request_delete_range: { key: b('a') } }] }],
      ['DeleteRange', { key: b('a') }],
      ['Range', { key: b('a') }],
      ['Alarm', { action: 'DEACTIVATE', alarm: 'NONE' }],
      ['Alarm', { action: 'DEACTIVATE', alarm: 'NOSPACE' }],
      ['Alarm', { action: 'DEACTIVATE', alarm: 'NOSPACE' }],
      ['Put', { key: b('a') }],
    ]);
    expect(embedded).toEqual(real);
  });

  it('to a question for status, up to sizes and indexes', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const status = await client.expect('Status');
      const { header, version, leader, errors, isLearner, raftTerm } = status;
      const { member_id, ...revision } = header as Record<string, string>;
      return [revision, version, leader === member_id, errors, isLearner, Number(raftTerm) > 0];
    });
    expect(embedded).toEqual(real);
  });

  it('to a defragmentation', async () => {
    const { real, embedded } = await pair().steps([['Defragment']]);
    expect(embedded).toEqual(real);
  });

  it('to a question for its members, up to their names and addresses', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const { header, members } = await client.expect('MemberList');
      const { member_id, ...rest } = header as Record<string, string>;
      const [member, ...others] = members as Record<string, unknown>[];
      return [rest, member!.ID === member_id, Object.keys(member!), others];
    });
    expect(embedded).toEqual(real);
  });
});
