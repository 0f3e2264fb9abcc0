import { status, type StatusObject } from '@grpc/grpc-js';
import type { Filter, FilterFactory } from '../grpc/experimental.js';

/** Why calls of one channel currently have to wait. Each field has one writer. */
export class WaitReason {
  /** Written by the resolver: why there is no instance to call. */
  resolution: string | undefined;
  /** Written by the balancer: why no instance can be reached. */
  connectivity: string | undefined;

  get text(): string | undefined {
    return this.resolution ?? this.connectivity;
  }
}

/**
 * Adds the reason to the status of a call that waited for an instance until its deadline. The text of grpc-js ends in
 * `wait_for_ready,Waiting for LB pick`, and neither policies nor resolvers can change it. A filter that comes with the call's
 * config sees every status, including that of an expired deadline. One filter serves all calls: it keeps no state of theirs.
 */
export class WaitReasonFilter implements Filter, FilterFactory {
  constructor(private readonly reason: Pick<WaitReason, 'text'>) {}

  createFilter(): Filter {
    return this;
  }

  receiveTrailers(trailers: StatusObject): StatusObject {
    if (trailers.code !== status.DEADLINE_EXCEEDED) return trailers;
    const { text } = this.reason;
    return text ? { ...trailers, details: `${trailers.details}. ${text}` } : trailers;
  }

  sendMetadata: Filter['sendMetadata'] = (metadata) => metadata;
  receiveMetadata: Filter['receiveMetadata'] = (metadata) => metadata;
  sendMessage: Filter['sendMessage'] = (message) => message;
  receiveMessage: Filter['receiveMessage'] = (message) => message;
}
