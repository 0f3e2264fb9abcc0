import { beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { CommandLine } from './spec/command-line.js';

describe('the command line', () => {
  let cli: CommandLine;

  beforeEach(() => {
    cli = new CommandLine();
    cli.put();
  });

  it.each([
    ['no such command', ['nope']],
    ['an argument that is missing', ['drain']],
    ['an unknown option', ['list', '--nope']],
    ['a service name with a slash', ['list', 'a/b']],
    ['a weight that is no number', ['weight', 'greeter-1', 'heavy']],
    ['a weight out of range', ['weight', 'greeter-1', '70000']],
    ['a config that is no JSON', ['config', 'set', 'greeter', '{']],
    ['a config that is no object', ['config', 'set', 'greeter', '7']],
    [
      'a config with an unknown policy',
      ['config', 'set', 'greeter', '{"loadBalancingConfig":[{"x":{}}]}'],
    ],
    ['no config', ['config', 'set', 'greeter']],
    ['a file that is not there', ['config', 'set', 'greeter', '--file', '/nowhere/config.json']],
    ['a request that is no object', ['call', 'greeter', 'SayHello', '[]']],
    ['a deadline that is no number', ['call', 'greeter', 'SayHello', '--timeout-ms', 'soon']],
    ['a contract that is not there', ['call', 'greeter', 'SayHello', '--proto', '/nowhere.proto']],
  ])('ends with 2 and says why for %s', async (_, args) => {
    const { code, output } = await cli.run(...args);
    expect(code).toBe(2);
    expect(output.notes).not.toEqual([]);
    expect(output.lines).toEqual([]);
    expect(cli.weights()).toEqual({ 'greeter-1': 100 });
    expect(cli.store.config('greeter')).toBeUndefined();
  });

  it.each([
    ['a service', ['list', 'orders']],
    ['a service to explain', ['explain', 'orders']],
    ['an instance to drain', ['drain', 'greeter-9']],
    ['an instance to drain, with its service', ['drain', 'orders/greeter-1']],
    ['a weight to take back', ['undrain', 'greeter-1']],
    ['a config to show', ['config', 'get', 'greeter']],
    ['a config to remove', ['config', 'rm', 'greeter']],
    ['an instance to call', ['call', 'orders', 'SayHello']],
  ])('ends with 3 and says so when there is no such thing as %s', async (_, args) => {
    const { code, output } = await cli.run(...args);
    expect(code).toBe(3);
    expect(output.notes).toEqual([expect.stringMatching(/^error: No /)]);
  });

  it('ends with 3 when nothing is registered at all', async () => {
    const { code } = await new CommandLine().run('list');
    expect(code).toBe(3);
  });

  it('prints help to the result and ends with 0', async () => {
    const { code, output } = await cli.run('--help');
    expect(code).toBe(0);
    expect(output.text).toContain('ETCD_PASSWORD');
    expect(output.notes).toEqual([]);
  });

  it('takes etcd from its options, before the environment', async () => {
    cli.env = { ETCD_HOSTS: 'http://a:1,http://b:1', DISCOVERY_NAMESPACE: 'staging' };
    await cli.run('list');
    expect(cli.opened).toEqual({ hosts: 'http://a:1,http://b:1', namespace: 'staging' });
    await cli.run('list', '--etcd', 'http://c:1', '--namespace', 'test');
    expect(cli.opened).toEqual({ hosts: 'http://c:1', namespace: 'test' });
    cli.env = { ETCD_HOSTS: '' };
    await cli.run('list');
    expect(cli.opened).toEqual({ hosts: 'http://127.0.0.1:2379' });
  });

  it('takes user and certificates from both, and the password from the environment alone', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'pem-')), 'ca.pem');
    writeFileSync(file, rootCertificates[0] ?? '');
    cli.env = { ETCD_USERNAME: 'operator', ETCD_PASSWORD: 's3cret', ETCD_CA_FILE: file };
    await cli.run('list');
    expect(cli.opened).toEqual({
      hosts: 'https://127.0.0.1:2379',
      auth: { username: 'operator', password: 's3cret' },
      tls: { caFile: file },
    });
    rmSync(dirname(file), { recursive: true });
    const help = await cli.run('--help');
    expect(help.output.text).not.toContain('s3cret');
  });

  it('ends with 2 when a user has no password', async () => {
    const { code, output } = await cli.run('list', '--user', 'operator');
    expect(code).toBe(2);
    expect(output.notes.join()).toContain('ETCD_PASSWORD');
  });
});
