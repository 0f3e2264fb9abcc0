import { DiscoveryHealthIndicator } from '@grpc-discovery/nestjs/terminus';
import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';

/** Probes of an orchestrator. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly discovery: DiscoveryHealthIndicator,
  ) {}

  /** Whether the process answers at all, the only reason to restart it. */
  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Whether a greeting would find a greeter. A down etcd is reported, but alone makes nothing unready. */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.discovery.registry(),
      () => this.discovery.client('greeter'),
    ]);
  }
}
