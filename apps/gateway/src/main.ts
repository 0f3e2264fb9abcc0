import { ConsoleLogger, ValidationPipe } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from './app.module.js';
import type { GatewayEnvironment } from './environment.js';

const app = await NestFactory.create(AppModule, { logger: new ConsoleLogger({ json: true }) });
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
app.enableShutdownHooks();

const api = new DocumentBuilder().setTitle('Gateway').setDescription('HTTP in, balanced gRPC out.');
SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, api.build()));

const config = app.get<ConfigService<GatewayEnvironment, true>>(ConfigService);
await app.listen(
  config.get('HTTP_PORT', { infer: true }),
  config.get('HTTP_HOST', { infer: true }),
);
