import type { ServiceInstance } from '@grpc-discovery/registry';
import { Metadata, type MetadataOptions } from '@grpc/grpc-js';
import type { PickArgs } from './experimental.js';

/** Values that one call passes to its channel. They are never sent. */
export interface CallValues {
  /** The key by which `consistentHash` chooses the instance. */
  readonly hashKey?: string;
  /**
   * Whether the caller has chosen the call's deadline, or chosen to have none. Timeouts of methods and of the published
   * service config then don't apply; otherwise the earlier one applies, as in gRPC.
   * @default false
   */
  readonly ownDeadline?: boolean;
  /**
   * Whether requests or responses are streams. The duration of such a call is not a latency and is not counted as one.
   * @default false
   */
  readonly isStream?: boolean;
  /**
   * Called with each instance that is picked for the call, before each attempt. A call can have several picks per attempt:
   * grpc-js discards a pick whose subchannel disconnects before the call starts.
   */
  readonly onPick?: PickListener;
}

/**
 * @param policy Name of the policy that picked the instance.
 * @param attempt 1 for the first attempt; higher for retries and hedges.
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

/** A copy of the metadata with these values. They override values that it already has, except that every `onPick` is called. */
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

/** A copy of the metadata that makes `consistentHash` choose the instance by this key. */
export function withHashKey(metadata: Metadata, hashKey: string): Metadata {
  return withCallValues(metadata, { hashKey });
}

const none: CallValues = {};

export function callValuesOf(metadata: Metadata): CallValues {
  return metadata instanceof CallMetadata ? metadata.values : none;
}

/** grpc-js sets it on every attempt after the first, as gRFC A6 specifies. */
const PREVIOUS_ATTEMPTS = 'grpc-previous-rpc-attempts';

/** 1 for the first attempt of a call, 2 for its first retry or hedge. */
export function attemptOf({ metadata }: PickArgs): number {
  return 1 + Number(metadata.get(PREVIOUS_ATTEMPTS)[0] ?? 0);
}
