import { TcpProxy } from '@grpc-discovery/embedded-etcd/tcp-proxy';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdMember } from './etcd-member.js';
import { freePorts } from './ports.js';
import { until } from './until.js';

/** An etcd of three members on loopback; each can be killed, hung, or cut off from its clients or from its peers. */
export class EtcdCluster {
  /** Names of the members by their ids. */
  private readonly names = new Map<string, string>();
  private cutOff: string | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly peers: TcpProxy[] = [],
    readonly members: EtcdMember[] = [],
  ) {}

  static async start(size = 3): Promise<EtcdCluster> {
    const cluster = new EtcdCluster(mkdtempSync(join(tmpdir(), 'etcd-')));
    const names = Array.from({ length: size }, (_, i) => `member-${i + 1}`);
    const ports = await freePorts(2 * size);
    const [clientPorts, peerPorts] = [ports.slice(0, size), ports.slice(size)];
    for (const [i, port] of peerPorts.entries()) {
      const refuses = (head: Buffer) => cluster.isCut(names[i], callerId(head));
      cluster.peers.push(await TcpProxy.start(`http://127.0.0.1:${port}`, { refuses }));
    }
    const peerUrls = cluster.peers.map(({ url }) => url);
    const initial = names.map((name, i) => `${name}=${peerUrls[i]}`).join(',');
    for (const [i, name] of names.entries()) {
      const url = `http://127.0.0.1:${clientPorts[i]}`;
      const args = ['--name', name, '--data-dir', join(cluster.dataDir, name)];
      args.push('--listen-client-urls', url, '--advertise-client-urls', url);
      args.push('--listen-peer-urls', `http://127.0.0.1:${peerPorts[i]}`);
      args.push('--initial-advertise-peer-urls', peerUrls[i] ?? '', '--initial-cluster', initial);
      args.push('--unsafe-no-fsync');
      cluster.members.push(new EtcdMember(name, url, await TcpProxy.start(url), args));
    }
    await Promise.all(cluster.members.map((member) => member.start()));
    for (const member of cluster.members) {
      cluster.names.set((await member.status()).id, member.name);
    }
    return cluster;
  }

  /** The urls for clients. */
  get hosts(): string[] {
    return this.members.map(({ url }) => url);
  }

  /** Connections through the proxies, which have a socket of this process on both sides of each. */
  get connections(): { readonly ofClients: number; readonly ofPeers: number } {
    const sum = (proxies: readonly { readonly connections: number }[]) =>
      proxies.reduce((total, { connections }) => total + connections, 0);
    return { ofClients: sum(this.members.map(({ proxy }) => proxy)), ofPeers: sum(this.peers) };
  }

  /** The members in the role that they have now. */
  async roles(): Promise<{ leader: EtcdMember; followers: EtcdMember[] }> {
    const leader = await until('the members agree on a leader', async () => {
      const states = await Promise.all(this.members.map((member) => member.status()));
      const ids = new Set(states.map((state) => state.leader));
      return ids.size === 1 && this.members.find((_, i) => ids.has(states[i]?.id ?? ''));
    });
    return { leader, followers: this.members.filter((member) => member !== leader) };
  }

  /** Cuts every connection between this member and its peers, in both directions; clients reach it as before. */
  cutOffFromPeers(member: EtcdMember): void {
    this.cutOff = member.name;
    for (const proxy of this.peers) proxy.closeRefused();
  }

  /** Ends every fault of the members that run, starts the others, and resolves once all of them serve. */
  async heal(): Promise<void> {
    this.cutOff = undefined;
    for (const member of this.members) {
      member.proxy.heal();
      member.thaw();
    }
    await Promise.all(
      this.members.map((member) => (member.isRunning ? member.untilHealthy() : member.start())),
    );
  }

  /** Stops all members for good and removes their data. */
  async destroy(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    await Promise.all(
      [...this.peers, ...this.members.map(({ proxy }) => proxy)].map((each) => each.stop()),
    );
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private isCut(to: string | undefined, from: string | undefined): boolean {
    if (this.cutOff === undefined) return false;
    return to === this.cutOff || (from !== undefined && this.names.get(from) === this.cutOff);
  }
}

/** etcd's rafthttp names the calling member in each request, and a connection serves one process only. */
function callerId(head: Buffer): string | undefined {
  return /^x-server-from: (\w+)/im.exec(head.toString('latin1'))?.[1];
}
