import { DiscoveryModule } from '@grpc-discovery/nestjs';
import { DiscoveryMetricsModule } from '@grpc-discovery/nestjs/metrics';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { greeterEnvironment, type GreeterEnvironment } from './environment.js';
import { GreeterController } from './greeter.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, cache: true, validationSchema: greeterEnvironment }),
    DiscoveryModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService<GreeterEnvironment, true>) => ({
        etcd: {
          hosts: config.get('ETCD_HOSTS', { infer: true }),
          namespace: config.get('DISCOVERY_NAMESPACE', { infer: true }),
          leaseTtlSeconds: config.get('DISCOVERY_LEASE_TTL_SECONDS', { infer: true }),
        },
        service: {
          name: config.get('SERVICE_NAME', { infer: true }),
          id: config.get('INSTANCE_ID', { infer: true }),
          version: config.get('SERVICE_VERSION', { infer: true }),
          weight: config.get('INSTANCE_WEIGHT', { infer: true }),
          config: publishedConfig(config.get('SERVICE_POLICY', { infer: true })),
        },
        drain: { streamGraceMs: config.get('DRAIN_STREAM_GRACE_MS', { infer: true }) },
      }),
    }),
    DiscoveryMetricsModule.forRoot(),
  ],
  controllers: [GreeterController],
})
export class AppModule {}

function publishedConfig(policy: string | undefined) {
  return policy === undefined ? undefined : { loadBalancingConfig: [{ [policy]: {} }] };
}
