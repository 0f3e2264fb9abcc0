import { AppProcess, freePorts, until, type EtcdFixture } from '@grpc-discovery/test-support';
import { Gateway } from './gateway.js';
import { etcdEnvironment, Greeters } from './greeters.js';

/** Policies that send calls to every instance; the first two do so exactly in turn. */
export const POLICIES = [
  'weighted_round_robin',
  'round_robin',
  'least_request',
  'random',
  'consistent_hash',
] as const;
export type DemoPolicy = (typeof POLICIES)[number];

/** Greeters and a gateway that calls them. */
export class Fleet {
  private constructor(
    readonly greeters: Greeters,
    readonly gateway: Gateway,
    private readonly app: AppProcess,
  ) {}

  static async start(
    etcd: EtcdFixture,
    names: readonly string[],
    policy: DemoPolicy,
  ): Promise<Fleet> {
    const [port] = await freePorts(1);
    const app = AppProcess.start('gateway', {
      ...etcdEnvironment(etcd),
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
    });
    const gateway = new Gateway(`http://127.0.0.1:${port}`);
    const fleet = new Fleet(new Greeters(etcd, { SERVICE_POLICY: policy }), gateway, app);
    try {
      await fleet.greeters.start(...names);
      let asked = 0;
      await until('the gateway calls every greeter', async () => {
        if (!app.isRunning) throw new Error(app.output);
        // A new name each time: a policy may hash it.
        await gateway.hello(`start-${asked++}`);
        return names.every((name) => gateway.totals.has(name));
      });
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Ends every process. */
  async stop(): Promise<void> {
    this.gateway.close();
    await Promise.all([this.app.end('SIGKILL'), this.greeters.stop()]);
  }
}
