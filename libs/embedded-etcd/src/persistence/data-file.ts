import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Permission } from '../api/messages.js';
import { DataFileError } from '../embedded-etcd.errors.js';
import type { MemberContents } from '../member/member.js';
import { bytesOf, keyOf } from '../mvcc/key-range.js';
import type { KeyValue, Mutation } from '../mvcc/mutation.js';

/** One file that holds a member's contents, whole or not at all. */
export class DataFile {
  constructor(readonly path: string) {}

  /**
   * @returns undefined when there is no file yet.
   * @throws DataFileError when there is one that can't be read.
   */
  async load(): Promise<MemberContents | undefined> {
    try {
      return decodeContents(await readFile(this.path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new DataFileError(this.path, error);
    }
  }

  /** A reader, and a process that dies meanwhile, finds the old contents or the new. */
  async save(contents: MemberContents): Promise<void> {
    const draft = `${this.path}.${process.pid}.tmp`;
    await writeFile(draft, encodeContents(contents), { flush: true });
    await rename(draft, this.path);
  }
}

/** Raised when the shape of the file changes. */
const format = 1;

/** Revision and key; for a put also value, create revision, version and lease. */
type MutationRow =
  | readonly [revision: number, key: string]
  | readonly [
      number,
      string,
      value: string,
      createRevision: number,
      version: number,
      lease: string,
    ];

/** The contents as text. Bytes are written in base64. */
function encodeContents(contents: MemberContents): string {
  const { store, auth } = contents;
  return JSON.stringify({
    ...contents,
    format,
    store: { ...store, mutations: store.mutations.map(encodeMutation) },
    auth: {
      ...auth,
      roles: auth.roles.map((role) => ({
        ...role,
        permissions: role.permissions.map((permission) => ({
          permType: permission.permType,
          key: permission.key.toString('base64'),
          range_end: permission.range_end.toString('base64'),
        })),
      })),
    },
  });
}

/** @throws when the text is not what `encodeContents` wrote. */
function decodeContents(text: string): MemberContents {
  const stored = JSON.parse(text) as EncodedContents;
  if (stored.format !== format)
    throw new Error(`format ${format} expected, ${stored.format} found`);
  const { clusterId, memberId, raftTerm, leases, tokens, isOutOfSpace } = stored;
  return {
    clusterId,
    memberId,
    raftTerm,
    leases,
    tokens,
    isOutOfSpace,
    store: { ...stored.store, mutations: stored.store.mutations.map(decodeMutation) },
    auth: {
      ...stored.auth,
      roles: stored.auth.roles.map(({ name, permissions }) => ({
        name,
        permissions: permissions.map(decodePermission),
      })),
    },
  };
}

type EncodedContents = Omit<MemberContents, 'store' | 'auth'> & {
  readonly format: number;
  readonly store: Omit<MemberContents['store'], 'mutations'> & {
    readonly mutations: readonly MutationRow[];
  };
  readonly auth: Omit<MemberContents['auth'], 'roles'> & {
    readonly roles: readonly {
      readonly name: string;
      readonly permissions: readonly EncodedPermission[];
    }[];
  };
};

type EncodedPermission = Record<'key' | 'range_end', string> & Pick<Permission, 'permType'>;

function encodeMutation(mutation: Mutation): MutationRow {
  const key = bytesOf(mutation.key).toString('base64');
  if (mutation.kind === 'delete') return [mutation.revision, key];
  const { value, create_revision, version, lease } = mutation.kv;
  return [mutation.revision, key, value.toString('base64'), create_revision, version, lease];
}

function decodeMutation(row: MutationRow): Mutation {
  const [revision, encodedKey] = row;
  const bytes = Buffer.from(encodedKey, 'base64');
  const key = keyOf(bytes);
  if (row.length === 2) return { kind: 'delete', revision, key };
  const [, , value, createRevision, version, lease] = row;
  const kv: KeyValue = {
    key: bytes,
    create_revision: createRevision,
    mod_revision: revision,
    version,
    value: Buffer.from(value, 'base64'),
    lease,
  };
  return { kind: 'put', revision, key, kv };
}

function decodePermission({ permType, key, range_end }: EncodedPermission): Permission {
  return {
    permType,
    key: Buffer.from(key, 'base64'),
    range_end: Buffer.from(range_end, 'base64'),
  };
}
