const FILLER = '/filler/';
const CHUNK_BYTES = 256 * 1024;

/** Fills an etcd up to its quota and makes room again, over its JSON gateway: no client of ours takes part. */
export class EtcdSpace {
  constructor(private readonly url: string) {}

  /** Puts until etcd refuses for lack of space. */
  async fill(): Promise<void> {
    const value = Buffer.alloc(CHUNK_BYTES, 'x').toString('base64');
    for (let i = 0; ; i++) {
      const response = await this.post('kv/put', { key: base64(`${FILLER}${i}`), value });
      if (response.ok) continue;
      const text = await response.text();
      if (text.includes('database space exceeded')) return;
      throw new Error(`etcd answered ${response.status}: ${text}`);
    }
  }

  /** Deletes, compacts, defragments and disarms the alarm, as its manual says. */
  async free(): Promise<void> {
    const range_end = base64(FILLER.replace(/\/$/, '0'));
    const deleted = await this.ask<{ header: { revision: string } }>('kv/deleterange', {
      key: base64(FILLER),
      range_end,
    });
    await this.ask('kv/compaction', { revision: deleted.header.revision, physical: true });
    await this.ask('maintenance/defragment', {});
    const { alarms = [] } = await this.ask<{ alarms?: { memberID: string }[] }>(
      'maintenance/alarm',
      { action: 'GET' },
    );
    for (const { memberID } of alarms) {
      const disarm = { action: 'DEACTIVATE', memberID, alarm: 'NOSPACE' };
      await this.ask('maintenance/alarm', disarm);
    }
  }

  private async ask<T>(path: string, body: object): Promise<T> {
    const response = await this.post(path, body);
    if (!response.ok) throw new Error(`etcd answered ${response.status} to ${path}`);
    return (await response.json()) as T;
  }

  private post(path: string, body: object): Promise<Response> {
    return fetch(`${this.url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
