import { type Metadata } from '@grpc/grpc-js';
import { type Headed } from '../api/header.js';
import { type Access } from '../auth/access.js';
import { type Member } from '../member/member.js';

/** Who calls, and what. */
export interface Caller {
  readonly metadata: Metadata;
  /** Size of the request on the wire, in bytes. */
  readonly requestBytes: number;
}

export interface UnaryRpc {
  readonly kind: 'unary';
  /** Throws an EtcdRefusal for what etcd refuses. */
  handle(member: Member, request: unknown, caller: Caller): Headed;
}

/** A method whose answer comes in parts. */
export interface PartsRpc {
  readonly kind: 'parts';
  /** Throws an EtcdRefusal for what etcd refuses. */
  handle(member: Member, request: unknown, caller: Caller): Iterable<object>;
}

/** One open stream, as the server sees it. */
export interface StreamSession<Request> {
  receive(request: Request): void;
  /** The caller or the connection is gone; called once. */
  close(): void;
}

export interface StreamRpc {
  readonly kind: 'stream';
  /** Whether the answers end when the caller half-closes. */
  readonly endsWithCaller: boolean;
  open(
    member: Member,
    send: (response: Headed) => void,
    metadata: Metadata,
  ): StreamSession<unknown>;
}

/** A service: its methods by their names in etcd's API. */
export type Rpcs = Readonly<Record<string, UnaryRpc | PartsRpc | StreamRpc>>;

/** The definitions that messages are decoded by guarantee the request's type. */
export function unary<Request>(
  handle: (member: Member, request: Request, caller: Caller) => Headed,
): UnaryRpc {
  return {
    kind: 'unary',
    handle: (member, request, caller) => handle(member, request as Request, caller),
  };
}

export function parts<Request>(
  handle: (member: Member, request: Request, caller: Caller) => Iterable<object>,
): PartsRpc {
  return {
    kind: 'parts',
    handle: (member, request, caller) => handle(member, request as Request, caller),
  };
}

export function stream<Request>(
  { endsWithCaller }: Pick<StreamRpc, 'endsWithCaller'>,
  open: (
    member: Member,
    send: (response: Headed) => void,
    metadata: Metadata,
  ) => StreamSession<Request>,
): StreamRpc {
  return {
    kind: 'stream',
    endsWithCaller,
    open: (member, send, metadata) => open(member, send, metadata),
  };
}

/** @throws EtcdRefusal for a token that auth does not know. */
export function accessOf(member: Member, metadata: Metadata): Access {
  return member.access(tokenIn(metadata));
}

function tokenIn(metadata: Metadata): string | undefined {
  return metadata.get('token')[0]?.toString();
}
