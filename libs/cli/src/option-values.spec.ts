import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from './program.js';
import { CommandLine } from './spec/command-line.js';
import { RecordedOutput } from './spec/recorded-output.js';

/** A command line that is right but for what is tried. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  'agent state': [],
  list: ['greeter'],
  explain: ['greeter'],
  drain: ['greeter-1'],
  undrain: ['greeter-1'],
  weight: ['greeter-1', '7'],
  'config get': ['greeter'],
  'config set': ['greeter', '{}'],
  'config rm': ['greeter'],
  doctor: [],
  call: ['greeter', 'SayHello', '{}'],
};

/** What stands where a file, a name or a number should. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  path: ['/nowhere.pem', '/'],
  file: ['/nowhere.proto', '/'],
  url: ['htp://127.0.0.1', 'localhost', 'http://'],
  urls: ['htp://127.0.0.1', 'http://', '127.0.0.1:99999', 'http://127.0.0.1:2379/path', ','],
  name: ['a/b', 'a b', 'http://a'],
  n: ['NaN', 'Infinity', '1e17', '1e3', '0x10', '12.5', '-5', '99999999999999999', 'soon', '7s'],
};

/** Names that are free text: anything that is not empty may be one. */
const FREE = new Set(['--user', '--include']);

interface Case {
  readonly command: string;
  /** As it is typed: `--etcd`, or `<service>`. */
  readonly what: string;
  readonly kind: string;
  readonly args: (value: string) => string[];
}

const surroundings = {
  output: new RecordedOutput(),
  env: {},
  signal: new AbortController().signal,
};
const program = createProgram(surroundings);
const commands = leaves(program).map((command) => ({ command, path: pathOf(command) }));
const options = commands.flatMap(({ command, path }) =>
  [...program.options, ...command.options]
    .filter(({ required, optional }) => required || optional)
    .map(({ long, flags }): Case => {
      const what = long ?? flags;
      const kind = /<(\w+)/.exec(flags)?.[1] ?? '';
      const right = (RIGHT[path] ?? []).slice(0, what === '--file' ? 1 : undefined);
      const args = (value: string) => [...path.split(' '), ...right, what, value];
      return { command: path, what, kind, args };
    }),
);
const args = commands.flatMap(({ command, path }) =>
  command.registeredArguments.map((argument, i): Case => {
    const kind = argument.name();
    const argsWith = (value: string) => {
      const right = RIGHT[path] ?? [];
      return [...path.split(' '), ...right.slice(0, i), '--', value, ...right.slice(i + 1)];
    };
    return { command: path, what: `<${kind}>`, kind, args: argsWith };
  }),
);

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function pathOf(command: Command): string {
  const parent = command.parent ? pathOf(command.parent) : '';
  return command.parent ? `${parent} ${command.name()}`.trim() : '';
}

describe('every command', () => {
  it('is known to this spec', () => {
    expect(commands.map(({ path }) => path).sort()).toEqual(Object.keys(RIGHT).sort());
  });

  it.each(commands.map(({ path }) => path))(
    '%s shows the options of all commands',
    async (path) => {
      const { code, output } = await new CommandLine().run(...path.split(' '), '--help');
      expect(code).toBe(0);
      for (const { long } of program.options) expect(output.text).toContain(long);
    },
  );
});

describe('a value that can not be used', () => {
  let cli: CommandLine;

  beforeEach(() => {
    cli = new CommandLine();
    cli.put();
  });

  /** What of a run is not as a refusal that names this should be; nothing when all is. */
  async function missing(line: readonly string[], named: string): Promise<string[]> {
    const { code, output } = await cli.run(...line);
    const notes = output.notes.join('\n');
    const isUntouched =
      cli.weights()['greeter-1'] === 100 && cli.store.config('greeter') === undefined;
    const shown = `${line.join(' ')}: ${code} ${notes}`;
    return [
      ...(code === 2 && output.lines.length === 0 ? [] : [`${shown} is no refusal`]),
      ...(output.notes.length === 1 && notes.includes(named) ? [] : [`${shown} names no ${named}`]),
      ...(isUntouched ? [] : [`${shown} did something`]),
    ];
  }

  it.each(options.map((each) => [`${each.command} ${each.what}`, each] as const))(
    'is refused by the name of the option: %s',
    async (_, { what, kind, args: line }) => {
      for (const value of ['', ' ']) expect(await missing(line(value), what)).toEqual([]);
      if (FREE.has(what)) return;
      for (const value of WRONG[kind] ?? []) {
        // A number with a minus is taken for an option, and refused as one.
        expect(await missing(line(value), value.startsWith('-') ? '' : what)).toEqual([]);
      }
    },
  );

  it.each(args.map((each) => [`${each.command} ${each.what}`, each] as const))(
    'is refused as an argument: %s',
    async (_, { kind, args: line }) => {
      for (const value of ['', ' ', ...(kind === 'n' ? (WRONG.n ?? []) : [])]) {
        expect(await missing(line(value), '')).toEqual([]);
      }
      if (kind !== 'service' && kind !== 'instance') return;
      expect(await missing(line('a/b/c'), '"a/b/c"')).toEqual([]);
    },
  );

  it.each([
    ['ETCD_HOSTS', 'htp://127.0.0.1'],
    ['ETCD_HOSTS', 'http://127.0.0.1:2379,'],
    ['ETCD_HOSTS', ' '],
    ['DISCOVERY_NAMESPACE', 'a/b'],
    ['DISCOVERY_NAMESPACE', ' '],
    ['ETCD_USERNAME', 'operator'],
    ['ETCD_PASSWORD', 's3cret'],
    ['ETCD_CA_FILE', '/nowhere.pem'],
    ['ETCD_CERT_FILE', '/nowhere.pem'],
    ['ETCD_KEY_FILE', '/nowhere.pem'],
    ['ETCD_SERVER_NAME', 'http://a'],
    ['GRPC_TLS_CA_FILE', '/nowhere.pem'],
    ['GRPC_TLS_CERT_FILE', '/nowhere.pem'],
    ['GRPC_TLS_KEY_FILE', '/nowhere.pem'],
    ['GRPC_TLS_SERVER_NAME', 'a:1'],
  ])('is refused by the name of the variable: %s=%s', async (name, value) => {
    cli.env = { [name]: value };
    expect(await missing(['list'], name)).toEqual([]);
    const { output } = await cli.run('list');
    expect(output.notes.join()).not.toContain('s3cret');
  });
});

describe('what is misspelt', () => {
  let cli: CommandLine;

  beforeEach(() => {
    cli = new CommandLine();
    cli.put();
    cli.put({ service: 'orders', id: 'orders-1' });
  });

  it.each([
    ['lst', 2, 'list'],
    ['config gte greeter', 2, 'get'],
    ['list --jsno', 2, '--json'],
    ['list --namspace x', 2, '--namespace'],
    ['call greeter SayHello --timout-ms 7', 2, '--timeout-ms'],
    ['list gretter', 3, 'greeter'],
    ['list order', 3, 'orders'],
    ['explain Greeter', 3, 'greeter'],
    ['call greter SayHello', 3, 'greeter'],
    ['config get greter', 3, 'greeter'],
    ['config rm greter', 3, 'greeter'],
    ['drain greter/greeter-1', 3, 'greeter'],
    ['weight greter/greeter-1 7', 3, 'greeter'],
    ['drain greeter/greeter_1', 3, 'greeter-1'],
    ['weight order-1 7', 3, 'orders-1'],
  ] as const)('gets the nearest name: %s', async (line, expected, name) => {
    const { code, output } = await cli.run(...line.split(' '));
    expect(code).toBe(expected);
    expect(output.notes.join('\n')).toMatch(new RegExp(`Did you mean ${name}\\?`));
  });

  it('gets the names there are where none is near', async () => {
    const { output } = await cli.run('list', 'payments');
    expect(output.notes.join()).toContain('Others there are: greeter, orders.');
  });

  it('is published for, with a note, as a service may come later', async () => {
    const { code, output } = await cli.run('config', 'set', 'greter', '{}');
    expect(code).toBe(0);
    expect(output.notes.join()).toContain('No instance of greter is registered yet');
    expect(output.notes.join()).toContain('Did you mean greeter?');
    expect((await cli.run('config', 'set', 'greeter', '{}')).output.notes).toEqual([]);
  });
});
