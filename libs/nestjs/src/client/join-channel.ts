import { isDeepStrictEqual } from 'node:util';
import { updateOwnConfig } from '@grpc-discovery/balancing';
import type { Channel, ChannelOptions } from '@grpc/grpc-js';
import { LateClientError } from '../errors.js';
import { compressCalls } from '../grpc/private-members.js';
import type { ChannelDeclaration } from './client-catalog.js';
import { WHEN_OPENED } from './client-options.js';

/** An open channel, and what its clients have declared so far. */
export interface JoinedChannel {
  readonly channel: Channel;
  readonly options: ChannelOptions;
  declared: ChannelDeclaration;
}

/**
 * Applies what clients of lazily loaded modules declare to a channel that is open, live.
 * @throws LateClientError for what only counts when a channel is opened; InvalidPolicyError
 */
export function join(open: JoinedChannel, declared: ChannelDeclaration): void {
  const before = open.declared;
  if (isDeepStrictEqual(before, declared)) return;
  const late = WHEN_OPENED.find((option) => !isDeepStrictEqual(before[option], declared[option]));
  if (late !== undefined) throw new LateClientError(declared.service, late);
  const { policy, methods, retryBudget } = declared;
  updateOwnConfig(open.options, { policy, methods, retryBudget });
  const compression = compressionOf(declared);
  if (compression !== compressionOf(before) && !compressCalls(open.channel, compression)) {
    throw new LateClientError(declared.service, 'compression');
  }
  open.declared = declared;
}

function compressionOf({ methods }: ChannelDeclaration): 'identity' | 'gzip' | 'deflate' {
  const all = Object.values(methods).map(({ compression = 'identity' }) => compression);
  return all.find((it) => it !== 'identity') ?? 'identity';
}
