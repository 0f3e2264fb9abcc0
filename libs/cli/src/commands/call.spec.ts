import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CommandLine } from '../spec/command-line.js';
import { GreeterServer, helloworld } from '../spec/greeter-server.js';

describe('call', () => {
  let cli: CommandLine;
  let server: GreeterServer;

  async function serve(...reflection: ('v1' | 'v1alpha')[]): Promise<void> {
    server = await GreeterServer.start(reflection);
    cli.put({ address: server.address });
  }
  beforeEach(() => {
    cli = new CommandLine();
  });
  afterEach(() => server.stop());

  it.each(['v1', 'v1alpha'] as const)('learns the contract by reflection %s', async (version) => {
    await serve(version);
    for (const method of [
      'SayHello',
      'helloworld.Greeter/SayHello',
      '/helloworld.Greeter/SayHello',
    ]) {
      const { code, output } = await cli.run('call', 'greeter', method, '{"name":"you"}');
      expect({ code, notes: output.notes }).toEqual({ code: 0, notes: [] });
      expect(output.json).toMatchObject({ message: 'Hello you' });
    }
  });

  it('takes the contract from a file where there is no reflection, and else says so', async () => {
    await serve();
    const without = await cli.run('call', 'greeter', 'SayHello');
    expect(without.code).toBe(1);
    expect(without.output.notes.join()).toContain('--proto');
    const { code, output } = await cli.run(
      'call',
      'greeter',
      'SayHello',
      '{"name":"you"}',
      '--proto',
      helloworld,
    );
    expect(code).toBe(0);
    expect(output.json).toMatchObject({ message: 'Hello you' });
  });

  it('prints each message of a stream on a line', async () => {
    await serve('v1');
    const { code, output } = await cli.run(
      'call',
      'greeter',
      'SayHelloStreamReply',
      '{"name":"you"}',
    );
    expect(code).toBe(0);
    const messages = output.lines.map((line) => (JSON.parse(line) as { message: string }).message);
    expect(messages).toEqual(['Hello', 'you']);
  });

  it('ends with 1 and the status of a call that fails', async () => {
    await serve('v1');
    const { code, output } = await cli.run('call', 'greeter', 'SayHello', '{"name":"nobody"}');
    expect(code).toBe(1);
    expect(output.notes).toEqual(['error: NOT_FOUND: nobody is there']);
  });

  it('ends with 2 and tells what there is for a method, a field or a stream of requests', async () => {
    await serve('v1');
    const wrong = [
      ['Nope', '{}', 'helloworld.Greeter/SayHello'],
      ['SayHello', '{"nam":"you"}', 'it has name'],
      ['SayHelloBidiStream', '{}', 'stream of requests'],
    ] as const;
    for (const [method, json, told] of wrong) {
      const { code, output } = await cli.run('call', 'greeter', method, json);
      expect({ method, code }).toEqual({ method, code: 2 });
      expect(output.notes.join()).toContain(told);
    }
  });

  it('is reported as a client sees it, drained or not', async () => {
    await serve();
    const second = await GreeterServer.start();
    cli.put({ id: 'greeter-2', address: second.address });
    cli.store.putOverride('greeter', 'greeter-2', 0);
    cli.store.putOverride('greeter', 'gone', 5);
    const { code, output } = await cli.run('explain', 'greeter');
    expect(code).toBe(0);
    expect(output.text).toMatch(/greeter-1 .* ready/);
    expect(output.text).toMatch(/greeter-2 .* 0 \(own: 100\) .* draining/);
    expect(output.text).toContain('the next call would go to greeter-1');
    expect(output.text).toContain('weight 5 is set for gone');
    const { output: json } = await cli.run('explain', 'greeter', '--json');
    expect(json.json).toMatchObject({ policy: 'weighted_round_robin', config: null });
    second.stop();
  });
});
