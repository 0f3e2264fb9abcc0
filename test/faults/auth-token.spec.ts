import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

const auth = { username: 'root', password: 's3cret-root' };
const TOKEN_TTL_SECONDS = 2;
const EXPIRED_MS = (TOKEN_TTL_SECONDS + 2) * 1000;
const BACK_MS = 1_500;

/** Key files for signed tokens. A simple token lives on with each use; a signed one ends when its time has come. */
function keyPair(folder: string): string {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  writeFileSync(join(folder, 'public.pem'), publicKey);
  writeFileSync(join(folder, 'private.pem'), privateKey);
  return `pub-key=${join(folder, 'public.pem')},priv-key=${join(folder, 'private.pem')}`;
}

const kinds = [
  ['simple', () => ['--auth-token-ttl', String(TOKEN_TTL_SECONDS)]],
  [
    'signed',
    (folder: string) => [
      '--auth-token',
      `jwt,${keyPair(folder)},sign-method=RS256,ttl=${TOKEN_TTL_SECONDS}s`,
    ],
  ],
] as const;

for (const [kind, args] of kinds)
  describeOnEtcd(`registry with ${kind} tokens`, () => {
    let folder: string;
    let etcd: EtcdServer;
    let proxy: TcpProxy;
    let registry: Registry;
    let watch: RecordedWatch;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tokens-'));
      etcd = await EtcdServer.start({ args: [...args(folder), '--bcrypt-cost', '4'] });
      proxy = await TcpProxy.start(etcd.url);
      const client = new Etcd3({ hosts: etcd.url });
      await client.role('root').create();
      await client.user(auth.username).create(auth.password);
      await client.user(auth.username).addRole('root');
      await client.auth.authEnable();
      client.close();
    });
    beforeEach(async () => {
      registry = createEtcdRegistry({ hosts: proxy.url, leaseTtlSeconds: 5, auth });
      watch = new RecordedWatch(registry, 'greeter');
      await registry.registrar.register(anInstance()).whenRegistered();
      await watch.untilIds(['greeter-1']);
    });
    afterEach(() => registry.close());
    afterAll(async () => {
      await proxy.stop();
      await etcd.destroy();
      rmSync(folder, { recursive: true, force: true });
    });

    async function expectBack(row: string): Promise<void> {
      const elapsed = stopwatch();
      const orders = new RecordedWatch(registry, 'orders');
      await registry.registrar.register(anInstance({ id: 'late' })).whenRegistered();
      await Promise.all([orders.untilIds([]), watch.untilIds(['greeter-1', 'late'])]);
      expect(elapsed(`row 18: ${row}`)).toBeLessThan(BACK_MS);
    }

    it('calls and watches within 1.5 s after its token has expired', async () => {
      await delay(EXPIRED_MS);
      await expectBack('token expired');
    });

    it('calls and watches within 1.5 s when its connection is cut after its token has expired', async () => {
      await delay(EXPIRED_MS);
      proxy.cut();
      proxy.heal();
      await expectBack('token expired and connection cut');
    });

    it('calls and watches within 1.5 s after etcd has restarted and its token has expired', async () => {
      await delay(EXPIRED_MS);
      await etcd.restart();
      await expectBack('etcd restarted');
    });

    it('leaves no connection behind, not even one that asked for a token', async () => {
      await delay(EXPIRED_MS);
      await expectBack('token expired');
      await registry.close();
      await until('no connection is left', () => proxy.connections === 0);
    });

    it('is back over fresh connections after etcd fell silent while it was asked for a token', async () => {
      proxy.stall();
      await watch.untilKind('stale');
      // Long enough for a token to have been asked for, over a connection that says nothing for good.
      await delay(3_000);
      proxy.stallOpen();
      await expectBack('silent while a token was asked for');
    });
  });
