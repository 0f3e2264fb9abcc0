import { status, type StatusObject } from '@grpc/grpc-js';
import type { ChannelNote } from '../channel/channel-note.js';
import type { Filter, FilterFactory } from '../grpc/experimental.js';

/**
 * Tells a call that waited for an instance until its deadline what it waited for. grpc-js's own text ends in
 * `wait_for_ready,Waiting for LB pick` and offers policies and resolvers no way in; a filter that comes with the call's
 * config sees every status, also that of an expired deadline. One filter serves all calls: it keeps nothing of them.
 */
export class DeadlineNoteFilter implements Filter, FilterFactory {
  constructor(private readonly note: Pick<ChannelNote, 'text'>) {}

  createFilter(): Filter {
    return this;
  }

  receiveTrailers(trailers: StatusObject): StatusObject {
    if (trailers.code !== status.DEADLINE_EXCEEDED) return trailers;
    const { text } = this.note;
    return text ? { ...trailers, details: `${trailers.details}. ${text}` } : trailers;
  }

  sendMetadata: Filter['sendMetadata'] = (metadata) => metadata;
  receiveMetadata: Filter['receiveMetadata'] = (metadata) => metadata;
  sendMessage: Filter['sendMessage'] = (message) => message;
  receiveMessage: Filter['receiveMessage'] = (message) => message;
}
