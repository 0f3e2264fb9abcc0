import { beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandLine } from '../spec/command-line.js';

const json = '{"loadBalancingConfig":[{"round_robin":{}}]}';

describe('config', () => {
  let cli: CommandLine;

  beforeEach(() => {
    cli = new CommandLine();
  });

  it('publishes a config, shows it and removes it', async () => {
    expect((await cli.run('config', 'set', 'greeter', json)).code).toBe(0);
    expect((await cli.run('config', 'get', 'greeter')).output.json).toEqual(JSON.parse(json));
    expect((await cli.run('config', 'rm', 'greeter')).code).toBe(0);
    expect((await cli.run('config', 'get', 'greeter')).code).toBe(3);
  });

  it('takes a config from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    const file = join(folder, 'config.json');
    writeFileSync(file, json);
    expect((await cli.run('config', 'set', 'greeter', '--file', file)).code).toBe(0);
    expect(cli.store.config('greeter')?.value.toString()).toBe(json);
    rmSync(folder, { recursive: true });
  });

  it('says what clients would object to, and leaves what is published', async () => {
    await cli.run('config', 'set', 'greeter', json);
    const wrong = '{"loadBalancingConfig":[{"fastest":{}}]}';
    const { code, output } = await cli.run('config', 'set', 'greeter', wrong);
    expect(code).toBe(2);
    expect(output.notes.join()).toContain('fastest');
    expect(cli.store.config('greeter')?.value.toString()).toBe(json);
  });
});
