import { type Metadata } from '@grpc/grpc-js';
import { type Answer } from '../api/messages.js';
import { type Access } from '../auth/access.js';
import { type Member } from '../member/member.js';

export interface Caller {
  readonly metadata: Metadata;
  /** Size of the request on the wire, in bytes. */
  readonly requestBytes: number;
}

export interface UnaryRpc<Request = unknown, Response extends object = object> {
  readonly kind: 'unary';
  /** @throws EtcdRefusal for what etcd refuses. */
  handle(member: Member, request: Request, caller: Caller): Response;
}

/** A method that streams one answer in parts. */
export interface PartsRpc<Request = unknown, Response = object> {
  readonly kind: 'parts';
  /** @throws EtcdRefusal for what etcd refuses. */
  handle(member: Member, request: Request, caller: Caller): Iterable<Response>;
}

/** One open stream, as the server sees it. */
export interface StreamSession<Request> {
  receive(request: Request): void;
  /** The caller or the connection is gone; called once. */
  close(): void;
}

export interface StreamRpc<Request = unknown, Response extends object = object> {
  readonly kind: 'stream';
  /** Whether the answers end when the caller half-closes. */
  readonly endsWithCaller: boolean;
  open(
    member: Member,
    send: (response: Response) => void,
    metadata: Metadata,
  ): StreamSession<Request>;
}

export type Rpc = UnaryRpc | PartsRpc | StreamRpc;

/** The methods of a service by their names in etcd's API, with the messages of its generated definition. */
export type Rpcs<Definition> = {
  readonly [Method in keyof Definition as string extends Method ? never : Method]: RpcOf<
    RequestOf<Definition[Method]>,
    Answer<ResponseOf<Definition[Method]>> & object
  >;
};

type RpcOf<Request, Response extends object> =
  UnaryRpc<Request, Response> | PartsRpc<Request, Response> | StreamRpc<Request, Response>;

type RequestOf<Method> = Method extends { requestDeserialize(bytes: Buffer): infer Request }
  ? Request
  : never;

type ResponseOf<Method> = Method extends {
  responseSerialize(response: infer Response extends object): Buffer;
}
  ? Response
  : never;

export function unary<Request, Response extends object>(
  handle: UnaryRpc<Request, Response>['handle'],
): UnaryRpc<Request, Response> {
  return { kind: 'unary', handle };
}

export function parts<Request, Response>(
  handle: PartsRpc<Request, Response>['handle'],
): PartsRpc<Request, Response> {
  return { kind: 'parts', handle };
}

export function stream<Request, Response extends object>(
  { endsWithCaller }: Pick<StreamRpc, 'endsWithCaller'>,
  open: StreamRpc<Request, Response>['open'],
): StreamRpc<Request, Response> {
  return { kind: 'stream', endsWithCaller, open };
}

/** @throws EtcdRefusal for a token that auth does not know. */
export function accessOf(member: Member, metadata: Metadata): Access {
  return member.access(metadata.get('token')[0]?.toString());
}
