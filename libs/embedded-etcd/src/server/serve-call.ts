import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerDuplexStream,
  status,
  type StatusObject,
} from '@grpc/grpc-js';
import { EtcdRefusal } from '../api/etcd-error.js';
import type { Headed } from '../api/messages.js';
import type { Member } from '../member/member.js';
import type { Caller, PartsRpc, StreamRpc, UnaryRpc } from './rpc.js';

/** The server of a call. */
export interface ServingContext {
  /** The member that serves now: `wipe` and `rollBack` replace it. */
  member(): Member;
  readonly faults: RpcFaults;
  /** The size on the wire of a request that was just decoded. */
  requestBytes(request: object): number;
}

interface PlannedFailure {
  readonly method: string;
  readonly code: status;
}

/** Faults of calls: late answers, and planned failures. */
export class RpcFaults {
  /** How late every answer comes, in milliseconds. */
  delayMs = 0;
  private planned: PlannedFailure[] = [];

  failNext(method: string, code: status, times: number): void {
    for (let i = 0; i < times; i++) this.planned.push({ method, code });
  }

  /** The failure planned for this call, which is used up by asking. */
  take(method: string): status | undefined {
    const index = this.planned.findIndex((failure) => failure.method === method);
    return index < 0 ? undefined : this.planned.splice(index, 1)[0]!.code;
  }

  clear(): void {
    this.delayMs = 0;
    this.planned = [];
  }
}

/** Serves one unary method. A delay affects only the answer: the request is processed at once. */
export function serveUnary(
  method: string,
  rpc: UnaryRpc,
  context: ServingContext,
): handleUnaryCall<object, object> {
  return ({ request, metadata }, callback) => {
    const caller: Caller = { metadata, requestBytes: context.requestBytes(request) };
    const answer = answerTo(method, rpc, request, caller, context);
    const { delayMs } = context.faults;
    if (delayMs === 0) answer(callback);
    else setTimeout(() => answer(callback), delayMs).unref();
  };
}

type Answer = (callback: sendUnaryData<object>) => void;

function answerTo(
  method: string,
  rpc: UnaryRpc,
  request: object,
  caller: Caller,
  context: ServingContext,
): Answer {
  const planned = context.faults.take(method);
  if (planned !== undefined) return (callback) => callback(plannedStatus(method, planned));
  try {
    const member = context.member();
    const response = withHeader(member, rpc.handle(member, request, caller));
    return (callback) => callback(null, response);
  } catch (error) {
    return (callback) => callback(statusOf(error));
  }
}

/** Serves one method whose answer comes in parts. They are of one moment: what is written later is not among them. */
export function serveParts(
  method: string,
  rpc: PartsRpc,
  context: ServingContext,
): handleServerStreamingCall<object, object> {
  return (call) => {
    const planned = context.faults.take(method);
    if (planned !== undefined) return void call.emit('error', plannedStatus(method, planned));
    const { request, metadata } = call;
    const output = new StreamOutput(call, () => context.faults.delayMs);
    call.on('cancelled', () => output.close());
    call.on('error', () => output.close());
    try {
      const caller = { metadata, requestBytes: context.requestBytes(request) };
      for (const part of rpc.handle(context.member(), request, caller)) output.write(part);
      output.end();
    } catch (error) {
      call.emit('error', statusOf(error));
    }
  };
}

/** Serves one streaming method of the member that is current when the stream opens. */
export function serveStream(
  method: string,
  rpc: StreamRpc,
  context: ServingContext,
): handleBidiStreamingCall<object, object> {
  return (call) => {
    const planned = context.faults.take(method);
    if (planned !== undefined) return fail(call, plannedStatus(method, planned));

    const member = context.member();
    const output = new StreamOutput(call, () => context.faults.delayMs);
    const send = (response: object) => output.write(withHeader(member, response));
    const session = rpc.open(member, send, call.metadata);
    const close = once(() => {
      output.close();
      session.close();
    });
    call.on('data', (request: object) => {
      try {
        session.receive(request);
      } catch (error) {
        close();
        fail(call, statusOf(error));
      }
    });
    call.on('end', () => {
      if (!rpc.endsWithCaller) return;
      output.end();
      session.close();
    });
    call.on('cancelled', close);
    call.on('error', close);
  };
}

function fail(call: ServerDuplexStream<object, object>, failure: object): void {
  // grpc-js ends a stream with the status that its 'error' event carries.
  call.emit('error', failure);
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}

/** What a stream of answers is written to. */
export interface Writable {
  write(response: object): unknown;
  end(): unknown;
}

/** The answers of one stream, in order, each with the delay of the faults. */
class StreamOutput {
  private readonly timers = new Set<NodeJS.Timeout>();
  private lastDueAt = 0;
  private isOpen = true;

  /** @param delayMs Read for each answer. */
  constructor(
    private readonly call: Writable,
    private readonly delayMs: () => number,
  ) {}

  write(response: object): void {
    this.inOrder(() => this.call.write(response));
  }

  /** Ends the stream after what was written before. */
  end(): void {
    this.inOrder(() => this.call.end());
  }

  /** The stream is gone: drops what waits. */
  close(): void {
    this.isOpen = false;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private inOrder(action: () => void): void {
    if (!this.isOpen) return;
    const now = performance.now();
    const dueAt = Math.max(now + this.delayMs(), this.timers.size > 0 ? this.lastDueAt : 0);
    if (dueAt <= now) return action();
    this.lastDueAt = dueAt;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, dueAt - now);
    this.timers.add(timer.unref());
  }
}

/** The status a call ends with after an error: etcd's own, or INTERNAL for a mistake of this package. */
export function statusOf(error: unknown): Partial<StatusObject> {
  if (error instanceof EtcdRefusal) return { code: error.code, details: error.message };
  return { code: status.INTERNAL, details: `embedded-etcd: ${String(error)}` };
}

/** The status of a call that was made to fail. */
function plannedStatus(method: string, code: status): Partial<StatusObject> {
  return { code, details: `embedded-etcd: ${method} fails on purpose, as failNext asked` };
}

/** Completes an answer's header: etcd's ids, and the store's revision unless the answer has its own. */
export function withHeader<Response extends object>(
  member: Member,
  response: Response & Headed,
): Response {
  if (response.header === null) return response;
  return { ...response, header: member.header(response.header?.revision) };
}
