import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentState, AgentStream, AgentSubscription } from '../agent/agent-state.js';
import type { Finding } from '../doctor/finding.js';
import { CommandLine } from '../spec/command-line.js';

const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

const subscription = (fields: Partial<AgentSubscription> = {}): AgentSubscription => ({
  ...{ type: ENDPOINTS, names: 2, versionSent: 'a.2', versionAcked: 'a.2' },
  ...fields,
});
const stream = (fields: Partial<AgentStream> = {}): AgentStream => ({
  ...{ nodeId: 'orders-1', userAgent: 'gRPC Go 1.85.0', protocol: 'sotw', peer: '127.0.0.1:1' },
  ...{ isBlocked: false, subscriptions: [subscription()] },
  ...fields,
});
const refusal = { message: 'bad\u001b[2J list' };
const refused = stream({ subscriptions: [subscription({ lastNack: refusal })] });

describe('An agent', () => {
  let server: Server;
  let answer: unknown;
  let url: string;
  const line = new CommandLine();

  beforeEach(async () => {
    server = createServer((_, response) => response.end(JSON.stringify(answer)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    line.env = {};
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const has = (...streams: AgentStream[]) => {
    answer = { registry: { state: 'live' }, services: ['greeter'], streams } satisfies AgentState;
  };

  describe('agent state', () => {
    it.each<[string, AgentStream, RegExp]>([
      ['that is current', stream(), /^orders-1 +gRPC Go 1.85.0 +sotw +2 +current$/],
      ['that refused a resource', refused, /refused ClusterLoadAssignment: bad\\u001b\[2J list$/],
      ['that does not read', stream({ isBlocked: true }), /does not read$/],
      [
        'that is behind',
        stream({ subscriptions: [subscription({ versionAcked: '' })] }),
        /has not acknowledged ClusterLoadAssignment$/,
      ],
    ])('lists a client %s', async (_, client, row) => {
      has(client);
      const { code, output } = await line.run('agent', 'state', '--agent', url);
      expect(code).toBe(0);
      expect(output.lines[0]).toBe('1 service; the registry is live');
      expect(output.lines.at(-1)).toMatch(row);
    });

    it('says when there is no client, and takes the address from the environment', async () => {
      has();
      line.env = { DISCOVERY_AGENT: url };
      const { output } = await line.run('agent', 'state');
      expect(output.lines.at(-1)).toBe('No client is connected.');
    });

    it('prints JSON', async () => {
      has(stream());
      const { output } = await line.run('agent', 'state', '--json', '--agent', url);
      expect(output.json).toEqual(answer);
    });

    it.each([
      ['something else', () => (answer = 'hello'), () => url, 1, 'An agent should answer at'],
      [
        'streams of another shape',
        () => (answer = { registry: { state: 'live' }, services: [], streams: [{}, null] }),
        () => url,
        1,
        'is not the state of an agent',
      ],
      ['nothing', () => undefined, () => 'http://127.0.0.1:1', 1, 'An agent should answer at'],
      ['an invalid url', () => undefined, () => 'localhost', 2, '--agent must be a url such as'],
    ])('fails with %s', async (_, prepare, address, exitCode, text) => {
      prepare();
      const { code, output } = await line.run('agent', 'state', '--agent', address());
      expect(code).toBe(exitCode);
      expect(output.notes.join()).toContain(text);
    });
  });

  describe('doctor', () => {
    const findings = async () => {
      const { output } = await line.run('doctor', '--json', '--agent', url);
      return (output.json as Finding[]).filter(({ subject }) => subject === 'agent');
    };

    it('finds nothing wrong with an agent whose clients are current', async () => {
      has(stream());
      expect(await findings()).toEqual([
        { level: 'ok', subject: 'agent', text: `the agent at ${url} serves 1 service to 1 client` },
      ]);
    });

    it('finds a registry that does not answer, a refusal and a client that does not read', async () => {
      has(refused, stream({ isBlocked: true }));
      answer = { ...(answer as object), registry: { state: 'stale' } };
      expect((await findings()).map(({ level, text }) => [level, text])).toEqual([
        ['problem', expect.stringContaining('its registry is stale')],
        ['problem', expect.stringContaining('refused ClusterLoadAssignment')],
        ['hint', expect.stringContaining('does not read')],
      ]);
    });

    it('finds an agent that does not answer', async () => {
      url = 'http://127.0.0.1:1';
      expect(await findings()).toEqual([
        expect.objectContaining({ level: 'problem', text: expect.stringContaining('none does') }),
      ]);
    });
  });
});
