import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { runProgram } from '../program.js';
import { RecordedOutput } from '../spec/recorded-output.js';

describe('entries that can not be read', () => {
  let etcd: EmbeddedEtcd;
  let raw: Etcd3;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EmbeddedEtcd.start();
    raw = new Etcd3({ hosts: [...etcd.hosts] });
    registry = createEtcdRegistry({ hosts: etcd.hosts });
    await registry.registrar
      .register({ id: 'greeter-1', service: 'greeter', address: '127.0.0.1:1' })
      .whenRegistered();
  });
  afterEach(async () => {
    raw.close();
    await registry.close();
    await etcd.stop();
  });

  async function run(...args: string[]) {
    const output = new RecordedOutput();
    const env = { ETCD_HOSTS: etcd.hosts.join() };
    const code = await runProgram(args, { output, env, signal: new AbortController().signal });
    return { code, notes: output.notes };
  }

  it.each([['list'], ['list greeter'], ['explain greeter']])(
    'are counted beside the result: %s',
    async (line) => {
      const args = line.split(' ');
      expect(await run(...args)).toEqual({ code: 0, notes: [] });
      await raw.put('/discovery/instances/greeter/x').value('no instance');
      expect(await run(...args)).toEqual({
        code: 0,
        notes: ["1 entry of greeter can't be read and is left out: doctor shows why."],
      });
      await raw.put('/discovery/instances/greeter/y').value('no instance');
      expect(await run(...args)).toEqual({
        code: 0,
        notes: ["2 entries of greeter can't be read and are left out: doctor shows why."],
      });
    },
  );

  it.each([['list orders'], ['explain orders'], ['call orders SayHello']])(
    'are reported if a service has nothing else: %s',
    async (line) => {
      await raw.put('/discovery/instances/orders/x').value('no instance');
      const { code, notes } = await run(...line.split(' '));
      expect(code).toBe(3);
      expect(notes.join()).toContain("1 entry of orders can't be read");
    },
  );
});
