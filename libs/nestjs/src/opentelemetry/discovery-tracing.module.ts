import { Global, Module } from '@nestjs/common';
import { CallInterceptors } from '../call-interceptors.js';
import { REGISTRY_DECORATOR } from '../discovery.tokens.js';
import { traceCalls } from './traced-call.js';
import { untraced } from './untraced-registry.js';

/**
 * Beside a `DiscoveryModule`, in an application that is traced by the standard instrumentations of OpenTelemetry: the span of a
 * call gets the chosen instance, and the registry's own calls create no spans.
 */
@Global()
@Module({
  providers: [{ provide: REGISTRY_DECORATOR, useValue: untraced }],
  exports: [REGISTRY_DECORATOR],
})
export class DiscoveryTracingModule {
  constructor(interceptors: CallInterceptors) {
    interceptors.addToClients(() => traceCalls);
  }
}
