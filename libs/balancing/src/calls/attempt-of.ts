import type { PickArgs } from '../grpc/experimental.js';

/** Set by grpc-js on attempts after the first, as gRFC A6 has it. */
const PREVIOUS_ATTEMPTS = 'grpc-previous-rpc-attempts';

/** 1 for the first attempt of a call, 2 for its first retry or hedge. */
export function attemptOf({ metadata }: PickArgs): number {
  return 1 + Number(metadata.get(PREVIOUS_ATTEMPTS)[0] ?? 0);
}
