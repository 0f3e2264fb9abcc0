import { PortInUseError } from './embedded-etcd.errors.js';
import type { EmbeddedEtcdSettings } from './embedded-etcd.options.js';
import { Member, type MemberContents } from './member/member.js';
import { RpcServer } from './server/rpc-server.js';
import { RpcFaults } from './server/serve-call.js';
import { TcpProxy } from './tcp-proxy/tcp-proxy.js';
import { rulesOf } from './version-rules.js';

export type ServingOptions = Pick<
  EmbeddedEtcdSettings,
  'port' | 'version' | 'clock' | 'watchProgressNotifyMs'
> & {
  /** Told after everything that a restart must not forget. */
  changed(): void;
};

function createMember(contents: MemberContents, options: ServingOptions): Member {
  return new Member(contents, rulesOf(options.version), options.clock, () => options.changed());
}

/** One run of the server, from start to stop: the member, the gRPC server, and the front that clients see. */
export class Serving {
  private constructor(
    private readonly options: ServingOptions,
    private current: Member,
    readonly faults: RpcFaults,
    readonly front: TcpProxy,
    private readonly rpcServer: RpcServer,
  ) {}

  /** @throws PortInUseError */
  static async start(contents: MemberContents, options: ServingOptions): Promise<Serving> {
    const faults = new RpcFaults();
    const member = createMember(contents, options);
    // Calls come through the front only, and that listens last.
    const served: { serving?: Serving } = {};
    const rpcServer = await RpcServer.start({
      ...options,
      faults,
      member: () => served.serving?.member ?? member,
      clientUrls: () => served.serving?.urls ?? [],
    });
    try {
      const front = await TcpProxy.start(`http://127.0.0.1:${rpcServer.port}`, options);
      served.serving = new Serving(options, member, faults, front, rpcServer);
      return served.serving;
    } catch (error) {
      rpcServer.stop();
      member.retire();
      const isInUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw isInUse ? new PortInUseError(options.port, error) : error;
    }
  }

  get member(): Member {
    return this.current;
  }

  get port(): number {
    return this.front.port;
  }

  get urls(): readonly string[] {
    return [`http://127.0.0.1:${this.port}`];
  }

  /** Serves other contents from now on. Every connection is cut, as by the restart that this takes in a real etcd. */
  replaceContents(contents: MemberContents): void {
    this.current.retire();
    this.current = createMember(contents, this.options);
    this.front.dropConnections();
    this.options.changed();
  }

  /** Cuts every connection. The member's contents can still be read. */
  async stop(): Promise<void> {
    await this.front.stop();
    this.rpcServer.stop();
  }
}
