import type { ServiceInstance } from '@grpc-discovery/registry';
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
  /**
   * Whether requests or answers are streams: how long such a call lasts is no latency, and does not count as one.
   * @default false
   */
  readonly isStream?: boolean;
  /** Told of each instance that is picked for the call, and so may be more than once: before each attempt, and again where a pick came to nothing. */
  readonly onPick?: PickListener;
}

/**
 * @param policy name of the policy that has picked it.
 * @param attempt 1 for the first, and more for retries and hedges.
 */
export type PickListener = (instance: ServiceInstance, policy: string, attempt: number) => void;

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

/** A copy of the metadata that has these values; values that it has already stay where these say nothing, and all who listen to picks are told. */
export function withCallValues(metadata: Metadata, values: CallValues): Metadata {
  const copy = new CallMetadata(merged(callValuesOf(metadata), values), metadata.getOptions());
  copy.merge(metadata);
  return copy;
}

function merged(known: CallValues, values: CallValues): CallValues {
  if (known === none) return values;
  const { onPick: first } = known;
  const { onPick: second } = values;
  if (!first || !second) return { ...known, ...values };
  const onPick: PickListener = (...pick) => {
    first(...pick);
    second(...pick);
  };
  return { ...known, ...values, onPick };
}

/** A copy of the metadata whose call goes where `consistentHash` sends this key. */
export function withHashKey(metadata: Metadata, hashKey: string): Metadata {
  return withCallValues(metadata, { hashKey });
}

const none: CallValues = {};

export function callValuesOf(metadata: Metadata): CallValues {
  return metadata instanceof CallMetadata ? metadata.values : none;
}
