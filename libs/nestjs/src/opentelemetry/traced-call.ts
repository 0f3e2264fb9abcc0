import type { ServiceInstance } from '@grpc-discovery/registry';
import type { InterceptingCall, Interceptor } from '@grpc/grpc-js';
import { trace, type Span } from '@opentelemetry/api';
import { ObservedCall } from '../client/observed-call.js';

/** Adds the chosen instance to the span of each call. A call without a recorded span costs one check. */
export const traceCalls: Interceptor = (options, next) => {
  const call = next(options);
  // The grpc instrumentation starts a call within the span of the call.
  const span = trace.getActiveSpan();
  if (span?.isRecording()) return new TracedCall(call, span);
  // grpc-js's type names the class, but its methods suffice: a call without a recorded span needs no further layer.
  return call as InterceptingCall;
};

class TracedCall extends ObservedCall {
  constructor(
    call: ConstructorParameters<typeof ObservedCall>[0],
    private readonly span: Span,
  ) {
    super(call);
  }

  override picked({ id, locality }: ServiceInstance, policy: string, attempt: number): void {
    this.span.setAttributes({
      'grpc_discovery.instance.id': id,
      'grpc_discovery.instance.zone': locality.zone,
      'grpc_discovery.policy': policy,
      'grpc_discovery.attempt': attempt,
    });
  }

  override ended(): void {
    return;
  }
}
