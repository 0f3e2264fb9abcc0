import { beforeEach, describe, expect, it } from '@jest/globals';
import { CommandLine } from '../spec/command-line.js';

describe('drain, undrain and weight', () => {
  let cli: CommandLine;

  beforeEach(() => {
    cli = new CommandLine();
    cli.put();
    cli.put({ id: 'greeter-2' });
  });

  it('drains an instance by its id, and gives it its own weight back', async () => {
    const drained = await cli.run('drain', 'greeter-1');
    expect(drained.output.lines).toEqual(['greeter/greeter-1 has weight 0 now.']);
    expect(cli.weights()).toEqual({ 'greeter-1': 0, 'greeter-2': 100 });
    const undrained = await cli.run('undrain', 'greeter-1', '--json');
    expect(undrained.output.json).toEqual({ service: 'greeter', id: 'greeter-1' });
    expect(cli.weights()).toEqual({ 'greeter-1': 100, 'greeter-2': 100 });
  });

  it('weighs an instance by service and id', async () => {
    const { code, output } = await cli.run('weight', 'greeter/greeter-2', '7', '--json');
    expect(code).toBe(0);
    expect(output.json).toEqual({ service: 'greeter', id: 'greeter-2', weight: 7 });
    expect(cli.weights()).toEqual({ 'greeter-1': 100, 'greeter-2': 7 });
  });

  it('asks for the service when an id is one of several', async () => {
    cli.put({ service: 'orders', id: 'greeter-1' });
    const { code, output } = await cli.run('drain', 'greeter-1');
    expect(code).toBe(2);
    expect(output.notes.join()).toContain('give <service>/<id>');
    expect((await cli.run('drain', 'orders/greeter-1')).code).toBe(0);
    expect(cli.weights('orders')).toEqual({ 'greeter-1': 0 });
    expect(cli.weights()).toEqual({ 'greeter-1': 100, 'greeter-2': 100 });
  });

  it('takes back the weight of an instance that is gone', async () => {
    cli.store.putOverride('greeter', 'gone', 0);
    expect((await cli.run('undrain', 'gone')).code).toBe(0);
    expect(cli.store.overrides('greeter').size).toBe(0);
  });
});
