import { Controller, Get, Inject, Res, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Registry } from 'prom-client';
import { METRICS_REGISTRY } from './metrics.tokens.js';

/** Answers `GET <path>` of an application that serves HTTP. */
export function metricsControllerAt(path: string): Type {
  @Controller(path)
  class MetricsController {
    constructor(
      @Inject(METRICS_REGISTRY) private readonly registry: Registry,
      private readonly host: HttpAdapterHost,
    ) {}

    /** Metrics in the format that the registry is for. */
    @Get()
    scrape(@Res({ passthrough: true }) response: object): Promise<string> {
      this.host.httpAdapter.setHeader(response, 'content-type', this.registry.contentType);
      return this.registry.metrics();
    }
  }
  return MetricsController;
}
