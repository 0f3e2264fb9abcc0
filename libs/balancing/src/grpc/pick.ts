import { Metadata, status } from '@grpc/grpc-js';
import {
  PickResultType,
  type OnCallEnded,
  type PickResult,
  type Picker,
  type SubchannelInterface,
} from './experimental.js';

/** What a policy wants to hear of a call that was started on its pick. */
export interface CallObserver {
  /**
   * Called when the call has its HTTP/2 stream. A pick is thrown away, without a word, when the call ends or the
   * subchannel leaves READY between the two: count calls here, never in `pick`.
   */
  readonly onCallStarted?: () => void;
  /** Called once for every call of `onCallStarted`. */
  readonly onCallEnded?: OnCallEnded;
}

/** The call goes to this subchannel. Without an observer the result may be shared by all picks. */
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

/** The call fails with UNAVAILABLE; a wait-for-ready call waits for the next picker. */
export function fail(details: string): PickResult {
  return refusal(PickResultType.TRANSIENT_FAILURE, details);
}

/** The call fails with UNAVAILABLE at once, wait-for-ready or not, and is never retried. */
export function drop(details: string): PickResult {
  return refusal(PickResultType.DROP, details);
}

function refusal(pickResultType: number, details: string): PickResult {
  return {
    pickResultType,
    subchannel: null,
    status: { code: status.UNAVAILABLE, details, metadata: new Metadata() },
    onCallStarted: null,
    onCallEnded: null,
  };
}

/** Every call waits for the next picker. */
export const queuePicker: Picker = { pick: queue };

/** Every call fails with UNAVAILABLE and these details; wait-for-ready calls wait. */
export function failPicker(details: string): Picker {
  // A fresh result per pick: its metadata ends in the caller's hands.
  return { pick: () => fail(details) };
}
