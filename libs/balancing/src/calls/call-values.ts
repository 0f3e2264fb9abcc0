import { Metadata, type MetadataOptions } from '@grpc/grpc-js';

/** What one call tells its channel, and nobody else: nothing of it is sent. */
export interface CallValues {
  /** The key by which `consistentHash` chooses the instance. */
  readonly hashKey?: string;
  /**
   * Whether the caller has chosen the call's deadline, or to have none. Timeouts of methods and of the published service
   * config don't apply then; without it the earlier one counts, as gRPC has it.
   * @default false
   */
  readonly ownDeadline?: boolean;
}

/**
 * Metadata that carries values through grpc-js, which clones the metadata of a call for its config, for each attempt and
 * for each pick.
 */
class CallMetadata extends Metadata {
  constructor(
    readonly values: CallValues,
    options?: MetadataOptions,
  ) {
    super(options);
  }

  override clone(): CallMetadata {
    const copy = new CallMetadata(this.values, this.getOptions());
    copy.merge(this);
    return copy;
  }
}

/** A copy of the metadata that has these values; values that it has already stay where these say nothing. */
export function withCallValues(metadata: Metadata, values: CallValues): Metadata {
  const copy = new CallMetadata({ ...callValuesOf(metadata), ...values }, metadata.getOptions());
  copy.merge(metadata);
  return copy;
}

/** A copy of the metadata whose call goes where `consistentHash` sends this key. */
export function withHashKey(metadata: Metadata, hashKey: string): Metadata {
  return withCallValues(metadata, { hashKey });
}

const none: CallValues = {};

export function callValuesOf(metadata: Metadata): CallValues {
  return metadata instanceof CallMetadata ? metadata.values : none;
}
