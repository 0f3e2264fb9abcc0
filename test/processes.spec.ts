import { createEtcdRegistry, type Registry, type Watch } from '@grpc-discovery/registry';
import {
  AppProcess,
  etcdKinds,
  freePorts,
  until,
  type EtcdFixture,
} from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

const NAMESPACE = 'processes';
const processes: AppProcess[] = [];

function start(app: string, environment: Record<string, string>): AppProcess {
  const process = AppProcess.start(app, environment);
  processes.push(process);
  return process;
}

afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.end('SIGKILL')));
});

const ready = (process: AppProcess) =>
  until('the application has started', () => {
    if (!process.isRunning) throw new Error(process.output);
    return process.output.includes('successfully started');
  });

describe('An application without etcd', () => {
  it('serves all the same, and ends on request', async () => {
    const [unused] = await freePorts(1);
    const environment = {
      ETCD_HOSTS: `http://127.0.0.1:${unused}`,
      GRPC_URL: '127.0.0.1:0',
      HTTP_PORT: '0',
    };
    for (const app of ['greeter', 'gateway']) {
      const process = start(app, environment);
      await ready(process);
      expect(await process.end('SIGTERM')).toBe('SIGTERM');
    }
  });

  it.each([
    ['greeter', 'INSTANCE_WEIGHT', 'heavy'],
    ['greeter', 'DISCOVERY_LEASE_TTL_SECONDS', '1'],
    ['greeter', 'GRPC_URL', 'unix:///run/greeter.sock'],
    ['greeter', 'SERVICE_NAME', 'a/b'],
    ['greeter', 'DISCOVERY_ADVERTISED_ADDRESS', '0.0.0.0'],
    ['gateway', 'HTTP_PORT', '-1'],
    ['gateway', 'ETCD_HOSTS', 'ftp://etcd'],
  ])('does not start a %s with %s=%s, and shows what was given', async (app, variable, value) => {
    const process = start(app, { [variable]: value });
    await until('the application has ended', () => !process.isRunning);
    expect(await process.end('SIGKILL')).toBe(1);
    expect(process.output).toMatch(/must be|invalid|expected/i);
  });
});

describe.each(etcdKinds(`/${NAMESPACE}/`))('An application with $name', (kind) => {
  let etcd: EtcdFixture;
  let registry: Registry;
  let watch: Watch;

  beforeAll(async () => {
    etcd = await kind.start();
    registry = createEtcdRegistry({ hosts: etcd.url, namespace: NAMESPACE });
    watch = registry.watcher.watch('greeter', () => undefined);
  });

  afterAll(async () => {
    await registry.close();
    await etcd.destroy();
  });

  const registered = () =>
    'snapshot' in watch.state ? watch.state.snapshot.instances.length : undefined;

  const startGreeter = async () => {
    const greeter = start('greeter', {
      ETCD_HOSTS: etcd.url,
      DISCOVERY_NAMESPACE: NAMESPACE,
      GRPC_URL: '127.0.0.1:0',
    });
    await until('the greeter is registered', () => registered() === 1);
    return greeter;
  };

  it.each(['up', 'frozen'])('ends in time by a signal while etcd is %s', async (state) => {
    const greeter = await startGreeter();
    if (state === 'frozen') etcd.freeze();
    const start = performance.now();
    expect(await greeter.end('SIGTERM')).toBe('SIGTERM');
    // 250 ms for clients to receive it, and at most 2 s for a registry that does not answer; the rest is for a busy machine.
    expect(performance.now() - start).toBeLessThan(9_000);
    etcd.thaw();
    await until('the greeter is not registered any more', () => registered() === 0);
  });
});
