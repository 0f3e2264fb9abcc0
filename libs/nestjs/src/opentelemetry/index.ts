export { DiscoveryTracingModule } from './discovery-tracing.module.js';
