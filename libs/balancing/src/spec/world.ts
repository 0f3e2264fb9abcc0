import type { ChannelOptions, ServerOptions } from '@grpc/grpc-js';
import { freePorts } from '@grpc-discovery/test-support';
import { discoveryChannelOptions, type DiscoveryChannelOptions } from '../channel-options.js';
import { installBalancing } from '../install.js';
import { discoveryTarget } from '../resolver/target.js';
import { GreeterClient, GreeterServer, type GreeterServerOptions } from './greeter.js';
import type { HealthService } from './health-service.js';
import { ScriptedWatcher } from './scripted-watcher.js';

/** Servers and clients of one test, and their end. */
export class World {
  readonly watcher = new ScriptedWatcher();
  private readonly servers: GreeterServer[] = [];
  private readonly clients: GreeterClient[] = [];

  async serve(count: number, options: ServerOptions = {}): Promise<GreeterServer[]> {
    const ports = await freePorts(count);
    return Promise.all(ports.map((port) => this.start({ port, options })));
  }

  serveAt(port: number): Promise<GreeterServer> {
    return this.start({ port });
  }

  async serveWithHealth(health: HealthService): Promise<GreeterServer> {
    const [port = 0] = await freePorts(1);
    return this.start({ port, health });
  }

  dial(
    channelOptions: ChannelOptions = {},
    options: Partial<DiscoveryChannelOptions> = {},
  ): GreeterClient {
    installBalancing();
    const { watcher } = this;
    return this.add(
      new GreeterClient(
        discoveryTarget('greeter'),
        discoveryChannelOptions({
          watcher,
          // A pool per channel: no test meets the subchannels of another.
          channelOptions: { 'grpc.use_local_subchannel_pool': 1, ...channelOptions },
          ...options,
        }),
      ),
    );
  }

  add(client: GreeterClient): GreeterClient {
    this.clients.push(client);
    return client;
  }

  end(): void {
    for (const client of this.clients) client.close();
    for (const server of this.servers) server.kill();
  }

  private async start(options: GreeterServerOptions): Promise<GreeterServer> {
    const server = await GreeterServer.start(options);
    this.servers.push(server);
    return server;
  }
}
