import { ValidationPipe } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { GatewayEnvironment } from './environment.js';

const app = await NestFactory.create(AppModule, { bufferLogs: true });
app.useLogger(app.get(Logger));
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
app.enableShutdownHooks();

const api = new DocumentBuilder().setTitle('Gateway').setDescription('HTTP in, balanced gRPC out.');
SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, api.build()));

const config = app.get<ConfigService<GatewayEnvironment, true>>(ConfigService);
await app.listen(
  config.get('HTTP_PORT', { infer: true }),
  config.get('HTTP_HOST', { infer: true }),
);
