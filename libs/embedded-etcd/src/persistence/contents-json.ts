import { type Permission } from '../api/auth-messages.js';
import { type KeyValue } from '../api/kv-messages.js';
import { type MemberContents } from '../member/member-contents.js';
import { bytesOf, keyOf } from '../mvcc/key.js';
import { type Mutation } from '../mvcc/mutation.js';

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
export function encodeContents(contents: MemberContents): string {
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
export function decodeContents(text: string): MemberContents {
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
