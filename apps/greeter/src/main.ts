import { discoverable } from '@grpc-discovery/nestjs';
import { greeterProto } from '@grpc-discovery/proto';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { greeterEnvironment } from './environment.js';

const { GRPC_URL: url } = greeterEnvironment.parse(process.env);
const app = await NestFactory.createMicroservice(AppModule, {
  bufferLogs: true,
  ...discoverable({ ...greeterProto, url }),
});
app.useLogger(app.get(Logger));
app.enableShutdownHooks();
await app.listen();
