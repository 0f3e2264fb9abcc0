import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newMemberContents, type MemberContents } from '../member/member.js';
import { DataFile } from './data-file.js';
import { DataKeeper } from './data-keeper.js';

describe('DataKeeper', () => {
  let folder: string;
  let file: DataFile;
  let contents: MemberContents;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'data-keeper-'));
    file = new DataFile(join(folder, 'sub', 'data'));
    contents = newMemberContents();
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes soon after a change, by itself, and leaves no draft behind', async () => {
    mkdirSync(join(folder, 'sub'));
    const keeper = new DataKeeper(
      file,
      () => contents,
      () => undefined,
    );
    keeper.changed();
    keeper.changed();
    expect(await until('the file is there', () => file.load())).toEqual(contents);
    expect(readdirSync(join(folder, 'sub'))).toEqual(['data']);
  });

  it('writes nothing when nothing has changed', async () => {
    await new DataKeeper(
      file,
      () => contents,
      () => undefined,
    ).flush();
    expect(existsSync(file.path)).toBe(false);
  });

  it('tells of a write that failed, and makes up for it with the next change', async () => {
    const failures: unknown[] = [];
    const keeper = new DataKeeper(
      file,
      () => contents,
      (error) => failures.push(error),
    );
    keeper.changed();
    await until('the failure is reported', () => failures.length > 0);
    expect(failures[0]).toMatchObject({ code: 'ENOENT' });

    mkdirSync(join(folder, 'sub'));
    keeper.changed();
    await until('the file is there', () => file.load());
  });

  it('passes a failure on to whoever asked for the write', async () => {
    const keeper = new DataKeeper(
      file,
      () => contents,
      () => undefined,
    );
    keeper.changed();
    await expect(keeper.flush()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
