import { discoverable } from '@grpc-discovery/nestjs';
import { greeterProto } from '@grpc-discovery/proto';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { greeterEnvironment } from './environment.js';

const { GRPC_URL: url } = greeterEnvironment.parse(process.env);
const app = await NestFactory.createMicroservice(AppModule, {
  logger: new ConsoleLogger({ json: true }),
  ...discoverable({ ...greeterProto, url }),
});
app.enableShutdownHooks();
await app.listen();
