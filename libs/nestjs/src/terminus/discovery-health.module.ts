import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DiscoveryHealthIndicator } from './discovery-health.indicator.js';

/** Provides {@link DiscoveryHealthIndicator} beside a `DiscoveryModule`. */
@Module({
  imports: [TerminusModule],
  providers: [DiscoveryHealthIndicator],
  exports: [DiscoveryHealthIndicator, TerminusModule],
})
export class DiscoveryHealthModule {}
