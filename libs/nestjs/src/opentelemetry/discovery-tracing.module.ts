import { Global, Module } from '@nestjs/common';
import { CallInterceptors } from '../call-interceptors.js';
import { REGISTRY_DECORATOR } from '../discovery.tokens.js';
import { traceCalls } from './traced-call.js';
import { untraced } from './untraced-registry.js';

/**
 * For applications that use the standard instrumentations of OpenTelemetry. Import it beside `DiscoveryModule`: it adds the
 * chosen instance to the span of each call, and suppresses spans of the registry's own calls.
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
