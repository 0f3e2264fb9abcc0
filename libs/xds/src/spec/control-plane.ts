import { freePorts } from '@grpc-discovery/test-support';
import { Server } from '@grpc/grpc-js';
import type { AdsServerOptions } from '../server/ads-options.js';
import { AdsServer } from '../server/ads-server.js';
import { bind } from './backends.js';

/** An ADS server on a port of its own, which can be restarted there with nothing but its views. */
export class ControlPlane {
  private server: Server | undefined;
  ads = new AdsServer();
  port = 0;

  constructor(private readonly options: AdsServerOptions = {}) {}

  /** @param prepare Sets the views before the server listens. */
  async start(prepare: (ads: AdsServer) => unknown = () => undefined): Promise<void> {
    this.ads = new AdsServer(this.options);
    prepare(this.ads);
    this.server = new Server();
    this.ads.addTo(this.server);
    if (this.port === 0) [this.port = 0] = await freePorts(1);
    await bind(this.server, this.port);
  }

  stop(): void {
    this.ads.close();
    this.server?.forceShutdown();
    this.server = undefined;
  }
}
