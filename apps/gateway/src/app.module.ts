import { DiscoveryModule } from '@grpc-discovery/nestjs';
import { DiscoveryMetricsModule } from '@grpc-discovery/nestjs/metrics';
import { DiscoveryHealthModule } from '@grpc-discovery/nestjs/terminus';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { gatewayEnvironment, type GatewayEnvironment } from './environment.js';
import { GreeterClient } from './greeter.client.js';
import { HealthController } from './health.controller.js';
import { HelloController } from './hello.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, cache: true, validationSchema: gatewayEnvironment }),
    DiscoveryModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService<GatewayEnvironment, true>) => ({
        etcd: {
          hosts: config.get('ETCD_HOSTS', { infer: true }),
          namespace: config.get('DISCOVERY_NAMESPACE', { infer: true }),
        },
      }),
    }),
    DiscoveryModule.forFeature([GreeterClient]),
    DiscoveryHealthModule,
    DiscoveryMetricsModule.forRoot(),
  ],
  controllers: [HealthController, HelloController],
})
export class AppModule {}
