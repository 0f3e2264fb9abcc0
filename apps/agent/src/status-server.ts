import type { AdsServer } from '@grpc-discovery/xds';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Registry } from 'prom-client';
import type { RegistryFeed } from './registry-feed.js';

/** Answers `GET /healthz`, `/state` and `/metrics`, for operators and probes. */
export class StatusServer {
  private readonly server: Server;
  private readonly metrics: Registry;
  /** Whether the control plane listens. */
  isServing = false;

  constructor(
    private readonly ads: AdsServer,
    private readonly feed: RegistryFeed,
  ) {
    this.metrics = agentMetrics(ads, feed);
    this.server = createServer((request, response) => {
      const [path = '/'] = (request.url ?? '').split('?');
      if (request.method !== 'GET') return answer(response, 405, 'text/plain', 'GET only\n');
      this.get(path, response).catch(() => response.destroy());
    });
  }

  /** @returns the bound port */
  async listen(host: string, port: number): Promise<number> {
    this.server.listen(port, host);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async get(path: string, response: ServerResponse): Promise<void> {
    switch (path) {
      case '/healthz':
        // An agent that has served once keeps serving the last services while etcd is down.
        if (this.isServing) return answer(response, 200, 'text/plain', 'ok\n');
        return answer(response, 503, 'text/plain', 'waiting for the first list of services\n');
      case '/state':
        return answer(response, 200, 'application/json', JSON.stringify(this.state, null, 2));
      case '/metrics':
        return answer(response, 200, this.metrics.contentType, await this.metrics.metrics());
      default:
        return answer(response, 404, 'text/plain', 'See /healthz, /state and /metrics\n');
    }
  }

  private get state(): object {
    const { kind, stalenessMs } = this.feed;
    return {
      registry: { state: kind, stalenessMs },
      services: this.ads.services,
      statistics: this.ads.statistics,
      streams: this.ads.state,
    };
  }
}

function agentMetrics(ads: AdsServer, feed: RegistryFeed): Registry {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect: function () {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect: function () {
        this.reset();
        this.inc(read());
      },
    });
  gauge(
    'grpc_discovery_agent_streams',
    'Open streams of clients.',
    () => ads.statistics.streamsOpen,
  );
  gauge('grpc_discovery_agent_services', 'Services that are served.', () => ads.services.length);
  gauge('grpc_discovery_agent_registry_up', '1 while the registry answers, else 0.', () =>
    feed.kind === 'live' ? 1 : 0,
  );
  counter(
    'grpc_discovery_agent_responses_total',
    'Responses sent to clients.',
    () => ads.statistics.responses,
  );
  counter(
    'grpc_discovery_agent_response_bytes_total',
    'Bytes of resources sent to clients.',
    () => ads.statistics.bytes,
  );
  counter(
    'grpc_discovery_agent_nacks_total',
    'Responses that clients refused.',
    () => ads.statistics.nacks,
  );
  return registry;
}

function answer(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, { 'content-type': type }).end(body);
}
