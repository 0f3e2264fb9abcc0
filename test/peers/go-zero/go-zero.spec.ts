import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { builtEtcds, EtcdServer, freePorts, until } from '@grpc-discovery/test-support';
import { describeWithGo } from '@grpc-discovery/test-support/jest';
import { Etcd3 } from 'etcd3';
import { setTimeout as delay } from 'node:timers/promises';
import { BUILD_MS, type GoProgram } from '../go-program.js';
import { buildGoZero, GoZeroPeer } from './go-zero-peer.js';

const KEY = 'greeter.rpc';
/** The shortest that etcd grants. */
const TTL_SECONDS = 2;

interface Etcd {
  readonly url: string;
  stop(): Promise<void>;
  restart(): Promise<void>;
  destroy(): Promise<void>;
}

const embedded = (['3.5', '3.6', '3.7'] as const).map((version) => ({
  name: `the embedded etcd ${version}`,
  async start(): Promise<Etcd> {
    const [port] = await freePorts(1);
    const etcd = await EmbeddedEtcd.start({ port, version });
    const stop = () => etcd.stop();
    return { url: etcd.hosts[0] ?? '', stop, restart: () => etcd.restart(), destroy: stop };
  },
}));
/** They tell what the embedded ones have to do. */
const real = builtEtcds().map((binary) => ({
  name: `etcd ${binary.version}`,
  start: (): Promise<Etcd> => EtcdServer.start({ binary }),
}));

describeWithGo('go-zero', () => {
  let program: GoProgram;
  beforeAll(async () => {
    program = await buildGoZero();
  }, BUILD_MS);
  afterAll(() => program.remove());

  describe.each([...embedded, ...real])('on $name', (kind) => {
    let etcd: Etcd;
    let ours: GoZeroPeer;
    let theirs: GoZeroPeer;

    beforeEach(async () => {
      etcd = await kind.start();
      const options = { url: etcd.url, key: KEY, ttlSeconds: TTL_SECONDS };
      ours = GoZeroPeer.start(program, options);
      theirs = GoZeroPeer.start(program, options);
    });
    afterEach(async () => {
      await Promise.all([ours.kill(), theirs.kill()]);
      await etcd.destroy();
    });
    const expectSeen = (values: string) =>
      until(`"${values}" is seen`, () => {
        if (ours.values === values) return true;
        throw new Error(ours.values);
      });

    it('sees what is published, and that it is taken back', async () => {
      await expectSeen('');
      theirs.publish('10.0.0.1:5000');
      await expectSeen('10.0.0.1:5000');
      theirs.publish('10.0.0.2:5000');
      await expectSeen('10.0.0.1:5000,10.0.0.2:5000');
      theirs.stop('10.0.0.1:5000');
      await expectSeen('10.0.0.2:5000');
    });

    it('keeps what is published beyond its time to live, until its process dies', async () => {
      theirs.publish('10.0.0.1:5000');
      await expectSeen('10.0.0.1:5000');
      const told = ours.seen.length;
      await delay(3 * TTL_SECONDS * 1_000);
      expect(ours.seen).toHaveLength(told);
      await theirs.kill();
      await expectSeen('');
    });

    it('publishes again what was deleted', async () => {
      theirs.publish('10.0.0.1:5000');
      await expectSeen('10.0.0.1:5000');
      const told = ours.seen.length;
      const client = new Etcd3({ hosts: etcd.url });
      await client.delete().prefix(`${KEY}/`);
      client.close();
      await until('it was down and is back', () => ours.seen.length > told + 1);
      await expectSeen('10.0.0.1:5000');
    });

    it('publishes and sees again after an outage of etcd', async () => {
      theirs.publish('10.0.0.1:5000');
      await expectSeen('10.0.0.1:5000');
      await etcd.stop();
      await etcd.restart();
      theirs.publish('10.0.0.2:5000');
      await expectSeen('10.0.0.1:5000,10.0.0.2:5000');
    });
  });
});
