import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DiscoveryHealthIndicator } from './discovery-health.indicator.js';
import { WatchedServices } from './watched-services.js';

/** Provides {@link DiscoveryHealthIndicator} beside a `DiscoveryModule`. */
@Module({
  imports: [TerminusModule],
  providers: [DiscoveryHealthIndicator, WatchedServices],
  exports: [DiscoveryHealthIndicator, TerminusModule],
})
export class DiscoveryHealthModule {}
