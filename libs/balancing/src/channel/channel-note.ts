import { SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX } from '../grpc/experimental.js';

/** Resolver attribute that holds the channel's {@link ChannelNote}. */
export const CHANNEL_NOTE_KEY = `${SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.discovery_note`;

/** Why calls of one channel have to wait at present. Each field has one writer. */
export class ChannelNote {
  /** Written by the resolver: why there is no instance to call. */
  resolution: string | undefined;
  /** Written by the policy: why no instance can be reached. */
  connectivity: string | undefined;

  get text(): string | undefined {
    return this.resolution ?? this.connectivity;
  }
}

/** The note among a policy's arguments; none when another resolver feeds the policy. */
export function channelNoteOf(args: Readonly<Record<string, unknown>>): ChannelNote | undefined {
  const note = args[CHANNEL_NOTE_KEY];
  return note instanceof ChannelNote ? note : undefined;
}
