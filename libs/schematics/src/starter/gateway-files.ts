/** Sources of the starter's gateway, by their path in its source folder. Its client is added to them. */
export function gatewayFiles(): Readonly<Record<string, string>> {
  return {
    'main.ts': `import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GatewayModule } from './gateway.module.js';

const { HTTP_HOST = '127.0.0.1', HTTP_PORT = '3000' } = process.env;
const app = await NestFactory.create(GatewayModule);
app.enableShutdownHooks();
await app.listen(Number(HTTP_PORT), HTTP_HOST).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  // Nest has logged the port in use; set HTTP_PORT to choose another one.
  process.exit(1);
});
Logger.log(\`Try \${await app.getUrl()}/hello/world\`, 'Gateway');
`,
    'gateway.module.ts': `import { DiscoveryModule, GrpcErrorFilter } from '@grpc-discovery/nestjs';
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { HelloController } from './hello.controller.js';

const { ETCD_HOSTS = 'http://127.0.0.1:2379' } = process.env;

@Module({
  imports: [
    DiscoveryModule.forRoot({ etcd: { hosts: ETCD_HOSTS } }),
  ],
  controllers: [HelloController],
  // Answers a failed call with the matching HTTP status: UNAVAILABLE is 503.
  providers: [{ provide: APP_FILTER, useClass: GrpcErrorFilter }],
})
export class GatewayModule {}
`,
    'hello.controller.ts': `import { Controller, Get, Param } from '@nestjs/common';
import { GreeterClient } from './clients/greeter.client.js';
import type { HelloReply } from './clients/greeter.contract.js';

@Controller('hello')
export class HelloController {
  constructor(private readonly greeter: GreeterClient) {}

  /** Greets by way of one instance of the service "greeter". */
  @Get(':name')
  hello(@Param('name') name: string): Promise<HelloReply> {
    return this.greeter.sayHello({ name }, { waitForReady: true, timeoutMs: 5_000 });
  }
}
`,
  };
}
