import { expect, it } from '@jest/globals';
import { againstEtcd } from '../spec/against-etcd.js';
import { b, fromKey } from '../spec/bytes.js';
import { type RawStream } from '../spec/raw-stream.js';

const create = (more: object) => ({ create_request: { key: b('k'), ...more } });

/** A sign that everything asked for before has been answered. */
async function untilAnswered(stream: RawStream): Promise<unknown[]> {
  stream.send({ progress_request: {} });
  const answers: Record<string, unknown>[] = [];
  do answers.push(await stream.next());
  while (answers.at(-1)!.watch_id !== '-1');
  return answers;
}

againstEtcd('Watch answers as etcd does', (pair) => {
  it('to new watches, refused ones and cancelled ones', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const stream = client.open('Watch');
      const answers: unknown[] = [];
      const ask = async (request: object, count = 1) => {
        stream.send(request);
        answers.push(await stream.take(count));
      };
      await ask(create({}));
      await ask(create({}));
      await ask(create({ watch_id: 9 }));
      await ask(create({ watch_id: 9 }));
      await ask(create({ key: b('b'), range_end: b('a') }));
      await ask(create({ key: b('') }));
      await ask({ cancel_request: { watch_id: 9 } });
      stream.send({ cancel_request: { watch_id: 777 } });
      answers.push(await untilAnswered(stream));
      stream.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });

  it('to writes, one answer per watch and transaction', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const stream = client.open('Watch');
      const everything = { key: b(''), range_end: fromKey };
      const kinds = [{}, { filters: ['NOPUT'] }, { filters: ['NODELETE'] }, { prev_kv: true }];
      for (const kind of kinds) stream.send(create({ ...everything, ...kind }));
      const answers: unknown[] = await stream.take(kinds.length);
      await client.call('Put', { key: b('k'), value: b('1') });
      answers.push(byWatch(await stream.take(3)));
      const success = [{ request_delete_range: { key: b('k') } }, { request_put: { key: b('l') } }];
      await client.call('Txn', { success });
      answers.push(byWatch(await stream.take(4)));
      stream.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });

  it('to a watch from an old, the current and a future revision', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const stream = client.open('Watch');
      const answers: unknown[] = [];
      for (const start_revision of [1, 2, 3]) {
        stream.send(create({ start_revision, prev_kv: true }));
        answers.push(await stream.take(2));
      }
      stream.send(create({ start_revision: 5 }));
      answers.push(await stream.take(1));
      await client.call('Put', { key: b('k'), value: b('4, before the future') });
      answers.push(byWatch(await stream.take(3)));
      await client.call('Put', { key: b('k'), value: b('5') });
      answers.push(byWatch(await stream.take(4)));
      stream.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });

  it('to a watch from before a compaction, and one from the compacted revision itself', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      await client.call('Compact', { revision: 4 });
      const stream = client.open('Watch');
      const answers: unknown[] = [];
      stream.send(create({ start_revision: 3 }));
      answers.push(await stream.take(2));
      stream.send({ cancel_request: { watch_id: 0 } });
      answers.push(await stream.take(1));
      stream.send(create({ start_revision: 4, prev_kv: true }));
      answers.push(await stream.take(2));
      stream.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });

  it('to a caller that half-closes: its watches go on', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const stream = client.open('Watch');
      stream.send(create({}));
      const answers: unknown[] = await stream.take(1);
      stream.halfClose();
      await client.call('Put', { key: b('k'), value: b('6') });
      answers.push(await stream.next());
      stream.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });

  it('to a history of more than its message limit, in fragments if the watch allows them', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      for (let i = 0; i < 5; i++) {
        await client.expect('Put', { key: b(`large/${i}`), value: Buffer.alloc(1024 * 1024) });
      }
      const stream = client.open('Watch');
      const large = { key: b('large/'), range_end: b('large0'), start_revision: 7 };
      stream.send(create({ ...large, fragment: true }));
      const answers: unknown[] = await stream.take(6);
      stream.send(create(large));
      answers.push(await stream.take(2));
      stream.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });

  it('to a question for progress while a watch starts in the future, and once that has come', async () => {
    const { real, embedded } = await pair().both(async (client) => {
      const stream = client.open('Watch');
      const { header } = await client.expect('Put', { key: b('k') });
      const revision = Number((header as Record<string, string>).revision);
      const answers: unknown[] = [];
      for (const start_revision of [revision + 1, revision + 2]) {
        stream.send(create({ key: b('elsewhere'), start_revision }));
        answers.push(await stream.next());
      }
      // Unanswered by some: the answer to the next create tells that it was read.
      stream.send({ progress_request: {} });
      stream.send(create({ key: b('elsewhere'), watch_id: 77 }));
      do answers.push(await stream.next());
      while ((answers.at(-1) as { watch_id: string }).watch_id !== '77');
      await client.expect('Put', { key: b('k') });
      await client.expect('Put', { key: b('k') });
      answers.push(await untilAnswered(stream));
      stream.cancel();
      return answers;
    });
    expect(embedded).toEqual(real);
  });
});

/** etcd tells the watches of one stream of a write in no fixed order. */
function byWatch(answers: Record<string, unknown>[]): unknown[] {
  return answers.toSorted((a, b) => Number(a.watch_id) - Number(b.watch_id));
}
