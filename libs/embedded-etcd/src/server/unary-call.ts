import { type handleUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { type Headed } from '../api/header.js';
import { plannedStatus, statusOf, withHeader } from './call-status.js';
import { type Caller, type UnaryRpc } from './rpc.js';
import { type ServingContext } from './serving-context.js';

/** Serves one unary method. A late answer is late only for the caller: what it asked for is done at once. */
export function serveUnary(
  method: string,
  rpc: UnaryRpc,
  context: ServingContext,
): handleUnaryCall<object, Headed> {
  return ({ request, metadata }, callback) => {
    const caller: Caller = { metadata, requestBytes: context.requestBytes(request) };
    const answer = answerTo(method, rpc, request, caller, context);
    const { delayMs } = context.faults;
    if (delayMs === 0) answer(callback);
    else setTimeout(() => answer(callback), delayMs).unref();
  };
}

type Answer = (callback: sendUnaryData<Headed>) => void;

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
