import { beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runProgram } from '../program.js';
import { CommandLine } from '../spec/command-line.js';
import { RecordedOutput } from '../spec/recorded-output.js';

describe('list', () => {
  let cli: CommandLine;

  beforeEach(() => {
    cli = new CommandLine();
    cli.put();
    cli.put({ id: 'greeter-2', version: '', locality: { region: '', zone: '', subZone: '' } });
  });

  it('shows services with what their instances have in common', async () => {
    cli.put({ service: 'orders', id: 'o', version: '2.0.0', weight: 0 });
    const { code, output } = await cli.run('list');
    expect(code).toBe(0);
    expect(output.lines).toEqual([
      'SERVICE  INSTANCES  DRAINING  VERSIONS  ZONES',
      'greeter  2          0         1.0.0     eu-1',
      'orders   1          1         2.0.0     eu-1',
    ]);
  });

  it('shows instances with the weight that clients use, and their own', async () => {
    cli.store.putOverride('greeter', 'greeter-2', 0);
    const { output } = await cli.run('list', 'greeter');
    expect(output.lines).toEqual([
      'INSTANCE   ADDRESS          WEIGHT        VERSION  ZONE  SINCE',
      'greeter-1  127.0.0.1:50051  100           1.0.0    eu-1  2026-01-01T00:00:00.000Z',
      'greeter-2  127.0.0.1:50051  0 (own: 100)  -        -     2026-01-01T00:00:00.000Z',
    ]);
  });

  it('prints JSON of one line, or of several for people', async () => {
    const { output } = await cli.run('list', '--json');
    expect(output.lines).toHaveLength(1);
    expect(output.json).toEqual([
      { service: 'greeter', instances: 2, draining: 0, versions: ['1.0.0'], zones: ['eu-1'] },
    ]);
    const terminal = await cli.runTo(new RecordedOutput(true), 'list', 'greeter', '--json');
    expect(terminal.output.text).toContain('\n');
    expect(terminal.output.json).toMatchObject([{ id: 'greeter-1' }, { id: 'greeter-2' }]);
  });

  it('follows the instances of a service with --watch until it is ended', async () => {
    const output = new RecordedOutput();
    const ran = cli.runTo(output, 'list', 'greeter', '--watch', '--json');
    await until('the first is shown', () => output.lines.length === 1);
    cli.store.putOverride('greeter', 'greeter-1', 0);
    await until('the change is shown', () => output.lines.length === 2);
    cli.ending.abort();
    expect((await ran).code).toBe(130);
    const weights = output.lines.map((line) => {
      const { instances } = JSON.parse(line) as { instances: { weight: number }[] };
      return instances[0]?.weight;
    });
    expect(weights).toEqual([100, 0]);
    expect(output.text).not.toContain('\x1b');
  });

  it('follows all services with --watch, also those that come later, and redraws on a terminal', async () => {
    const output = new RecordedOutput(true);
    const ran = cli.runTo(output, 'list', '--watch');
    await until('the first is shown', () => output.text.includes('greeter'));
    cli.put({ service: 'orders', id: 'o' });
    await until('the new one is shown', () => output.text.includes('orders'));
    cli.ending.abort();
    expect((await ran).code).toBe(130);
    expect(output.cleared).toBeGreaterThan(0);
  });

  it('shows a service that comes or goes at once, in the same turn of events', async () => {
    const output = new RecordedOutput();
    const ran = cli.runTo(output, 'list', '--watch', '--json');
    await until('the first is shown', () => output.lines.length === 1);
    const order = cli.put({ service: 'orders', id: 'o' });
    await nextTurn();
    cli.store.delete(order);
    await nextTurn();
    cli.ending.abort();
    expect((await ran).code).toBe(130);
    const names = output.lines.map((line) => {
      const services = JSON.parse(line) as { service: string }[];
      return services.map(({ service }) => service);
    });
    expect(names).toEqual([['greeter'], ['greeter', 'orders'], ['greeter']]);
  });

  it('goes on, and notes why, while all services can not be shown', async () => {
    const output = new RecordedOutput();
    const ending = new AbortController();
    const args = ['list', '--watch', '--etcd', 'http://127.0.0.1:1'];
    const ran = runProgram(args, { output, env: {}, signal: ending.signal });
    await until('it is noted', () => output.notes.length === 1);
    ending.abort();
    expect(await ran).toBe(130);
    expect(output.notes[0]).toMatch(/^All services: .*\/discovery\/instances\/.*127\.0\.0\.1:1/);
    expect(output.lines).toEqual([]);
  });
});
