import {
  Controller,
  Get,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Res,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import {
  METRICS_OPTIONS,
  METRICS_REGISTRY,
  type NormalizedMetricsOptions,
} from './metrics.options.js';

/** Serves `GET /metrics`, or another path, on its own port, from the start of the application until its servers have drained. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Discovery');
  private server: Server | undefined;

  constructor(@Inject(METRICS_OPTIONS) private readonly options: NormalizedMetricsOptions) {}

  /** The bound port; undefined while none is bound. */
  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** @throws Node's error, which names the port, if the port is taken. */
  async onApplicationBootstrap(): Promise<void> {
    const { host, port, path: here } = this.options;
    if (port === undefined) return;
    const server = createServer((request, response) => {
      const [path] = (request.url ?? '').split('?');
      if (path !== here) return answer(response, 404, `Metrics are at ${here}\n`);
      if (request.method !== 'GET') return answer(response, 405, 'GET only\n');
      this.scrape(response).catch(() => response.destroy());
    });
    // A scraper's open connection must not keep the process alive.
    server.unref();
    server.listen(port, host);
    await once(server, 'listening');
    this.server = server;
    this.logger.log(`Metrics at http://${host}:${this.port}${here}`);
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  private async scrape(response: ServerResponse): Promise<void> {
    const { registry } = this.options;
    try {
      const body = await registry.metrics();
      response.setHeader('content-type', registry.contentType);
      answer(response, 200, body);
    } catch (error) {
      answer(response, 500, `${(error as Error).message}\n`);
    }
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.end(body);
}

/** Answers `GET <path>` of an application that serves HTTP. */
export function metricsControllerAt(path: string): Type {
  @Controller(path)
  class MetricsController {
    constructor(
      @Inject(METRICS_REGISTRY) private readonly registry: Registry,
      private readonly host: HttpAdapterHost,
    ) {}

    /** The metrics in the registry's own format. */
    @Get()
    scrape(@Res({ passthrough: true }) response: object): Promise<string> {
      this.host.httpAdapter.setHeader(response, 'content-type', this.registry.contentType);
      return this.registry.metrics();
    }
  }
  return MetricsController;
}
