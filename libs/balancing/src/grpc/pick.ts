import { Metadata, status } from '@grpc/grpc-js';
import {
  PickResultType,
  type OnCallEnded,
  type PickResult,
  type SubchannelInterface,
} from './experimental.js';

/** Follows a call that starts on a pick. */
interface CallObserver {
  /**
   * Called when the call gets its HTTP/2 stream. grpc-js silently discards a pick if the call ends or the subchannel leaves
   * READY before that, so count calls here and never in `pick`.
   */
  readonly onCallStarted?: () => void;
  /** Called once after each `onCallStarted`. */
  readonly onCallEnded?: OnCallEnded;
}

/** The call goes to this subchannel. Without an observer, all picks can share the result. */
export function complete(subchannel: SubchannelInterface, observer: CallObserver = {}): PickResult {
  return {
    pickResultType: PickResultType.COMPLETE,
    subchannel,
    status: null,
    onCallStarted: observer.onCallStarted ?? null,
    onCallEnded: observer.onCallEnded ?? null,
  };
}

const queued: PickResult = Object.freeze({
  pickResultType: PickResultType.QUEUE,
  subchannel: null,
  status: null,
  onCallStarted: null,
  onCallEnded: null,
});

/** The call waits for the next picker. */
export function queue(): PickResult {
  return queued;
}

/**
 * The call fails with UNAVAILABLE; a wait-for-ready call waits for the next picker.
 * @returns a new result per pick, since its metadata is handed to the caller.
 */
export function fail(details: string): PickResult {
  return {
    pickResultType: PickResultType.TRANSIENT_FAILURE,
    subchannel: null,
    status: { code: status.UNAVAILABLE, details, metadata: new Metadata() },
    onCallStarted: null,
    onCallEnded: null,
  };
}
