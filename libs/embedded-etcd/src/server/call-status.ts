import { status, type StatusObject } from '@grpc/grpc-js';
import { EtcdRefusal } from '../api/etcd-error.js';
import { type Headed } from '../api/header.js';
import { type Member } from '../member/member.js';

/** The status a call ends with after an error: etcd's own, or INTERNAL for a mistake of this package. */
export function statusOf(error: unknown): Partial<StatusObject> {
  if (error instanceof EtcdRefusal) return { code: error.code, details: error.message };
  return { code: status.INTERNAL, details: `embedded-etcd: ${String(error)}` };
}

/** The status of a call that was made to fail. */
export function plannedStatus(method: string, code: status): Partial<StatusObject> {
  return { code, details: `embedded-etcd: ${method} fails on purpose, as failNext asked` };
}

/** Completes an answer's header: etcd's ids, and the store's revision unless the answer has its own. */
export function withHeader<Response extends Headed>(member: Member, response: Response): Response {
  if (response.header === null) return response;
  return { ...response, header: member.header(response.header?.revision) };
}
