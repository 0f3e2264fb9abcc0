import { withCallValues } from '@grpc-discovery/balancing';
import type { ServiceInstance } from '@grpc-discovery/registry';
import {
  InterceptingCall,
  type InterceptingListener,
  type Metadata,
  type NextCall,
  type StatusObject,
} from '@grpc/grpc-js';

type Call = ReturnType<NextCall>;
type Listener = Partial<InterceptingListener>;

/**
 * A call that notifies a subclass of its picks and its end. It replaces grpc-js's `InterceptingCall`, whose requesters and
 * listeners cost twice as much, because they can also delay and change messages.
 */
export abstract class ObservedCall extends InterceptingCall {
  constructor(private readonly observed: Call) {
    super(observed);
  }

  override start(metadata: Metadata, listener?: Listener): void {
    const onPick = (instance: ServiceInstance, policy: string, attempt: number) =>
      this.picked(instance, policy, attempt);
    const next = withCallValues(metadata, { onPick });
    this.observed.start(next, new ObservedListener(this, listener));
  }

  override sendMessage(message: unknown): void {
    this.observed.sendMessage(message);
  }

  override sendMessageWithContext(
    context: Parameters<Call['sendMessageWithContext']>[0],
    message: unknown,
  ): void {
    this.observed.sendMessageWithContext(context, message);
  }

  override halfClose(): void {
    this.observed.halfClose();
  }

  /** @see CallValues.onPick */
  abstract picked(instance: ServiceInstance, policy: string, attempt: number): void;

  /** Once for each call that was started. */
  abstract ended(status: StatusObject): void;
}

class ObservedListener implements InterceptingListener {
  constructor(
    private readonly call: ObservedCall,
    private readonly listener: Listener | undefined,
  ) {}

  onReceiveMetadata(metadata: Metadata): void {
    this.listener?.onReceiveMetadata?.(metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.listener?.onReceiveMessage?.(message);
  }

  onReceiveStatus(status: StatusObject): void {
    this.call.ended(status);
    this.listener?.onReceiveStatus?.(status);
  }
}
