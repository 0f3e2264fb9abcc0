import { createEtcdRegistry, InvalidOptionError } from '@grpc-discovery/registry';
import { type ControlPlaneTls, envoyBootstrap, grpcBootstrap } from '@grpc-discovery/xds';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Agent, type AgentLogger } from './agent.js';
import { agentOptions, type GivenOptions, hostPort, UsageError } from './agent.options.js';
import { addEtcdOptions, type EtcdFlags, etcdOptions } from './etcd.options.js';

interface BootstrapFlags {
  readonly controlPlane: string;
  readonly nodeId: string;
  readonly zone: string;
  readonly admin?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
}

/** What the program needs of its process; specs replace it. */
export interface Surroundings {
  readonly logger: AgentLogger;
  /** Password of the user of etcd. */
  readonly password: string | undefined;
  print(text: string): void;
  /** Resolves when the process is asked to end. */
  untilEnd(): Promise<void>;
}

/** What the commands do. */
export interface Actions {
  readonly serve: (flags: ServeFlags) => Promise<void>;
  readonly print: (text: string) => void;
}

export type ServeFlags = GivenOptions & EtcdFlags;

/** The commands and their options. */
export function createProgram({ serve, print }: Actions): Command {
  const program = new Command('grpc-discovery-agent')
    .description('Serves the registry to gRPC clients of any language and to Envoy, by xDS')
    .exitOverride();
  addEtcdOptions(program.command('serve'))
    .description('watch the registry and serve it by xDS')
    .option('--host', 'one agent per host, on loopback or a unix socket (the default)')
    .option('--central', 'one agent for many hosts, with mutual TLS')
    .option(
      '--listen <address>',
      'host:port or unix:/path of the control plane (default 127.0.0.1:18000)',
    )
    .option('--status <address>', 'host:port of /healthz, /state and /metrics', '127.0.0.1:18001')
    .option('--ingress <address>', 'host:port where Envoy accepts calls', '127.0.0.1:10000')
    .option('--snapshot <file>', 'keeps the last known services, for a start while etcd is down')
    .option('--cert-file <path>', 'certificate of the agent, in PEM')
    .option('--key-file <path>', 'its private key')
    .option('--client-ca-file <path>', 'CA that must have signed the certificates of clients')
    .action(serve);
  program
    .command('bootstrap')
    .description('print the bootstrap file of a client')
    .argument('<client>', 'grpc or envoy', clientKind)
    .option('--control-plane <address>', 'address of the agent', '127.0.0.1:18000')
    .requiredOption('--node-id <id>', 'unique name of the client')
    .option('--zone <zone>', 'where the client runs', '')
    .option('--admin <address>', "host:port of Envoy's admin interface")
    .option('--ca-file <path>', "CA of the agent's certificate, for Envoy with a central agent")
    .option('--cert-file <path>', "Envoy's certificate")
    .option('--key-file <path>', 'its private key')
    .option('--server-name <name>', "DNS name in the agent's certificate")
    .action((client: 'grpc' | 'envoy', flags: BootstrapFlags) =>
      print(JSON.stringify(bootstrap(client, flags), null, 2)),
    );
  return program;
}

/** Runs one command line, without the program's own name. @returns the exit code */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = createProgram({
    serve: (flags) => serve(flags, surroundings),
    print: (text) => surroundings.print(text),
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof UsageError || error instanceof InvalidOptionError) {
      surroundings.logger.warn(`error: ${error.message}`);
      return 2;
    }
    // Commander has printed its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    surroundings.logger.warn(`error: ${(error as Error).message}`);
    return 1;
  }
}

async function serve(flags: ServeFlags, surroundings: Surroundings): Promise<void> {
  const options = agentOptions(flags);
  const { logger } = surroundings;
  const registry = createEtcdRegistry(etcdOptions(flags, surroundings.password), {
    ...logger,
    error: (message) => logger.warn(message),
  });
  const agent = new Agent(registry, options, logger);
  const end = surroundings.untilEnd();
  try {
    await Promise.race([agent.start(), end]);
    await end;
  } finally {
    await agent.close();
  }
}

/** @throws UsageError */
function bootstrap(client: 'grpc' | 'envoy', flags: BootstrapFlags): object {
  const { controlPlane, nodeId, zone, admin } = flags;
  const common = { controlPlane, nodeId, zone };
  const tls = bootstrapTls(flags);
  if (client === 'envoy') {
    hostPort(controlPlane, '--control-plane');
    return envoyBootstrap({
      ...common,
      ...(tls && { tls }),
      ...(admin !== undefined && { admin: hostPort(admin, '--admin') }),
    });
  }
  if (tls || admin !== undefined) {
    throw new UsageError(
      'TLS options and --admin are for envoy: gRPC clients reach an agent on their own host, without TLS.',
    );
  }
  return grpcBootstrap(common);
}

function bootstrapTls(flags: BootstrapFlags): ControlPlaneTls | undefined {
  const { caFile, certFile, keyFile, serverName } = flags;
  const given = [caFile, certFile, keyFile, serverName];
  if (given.every((each) => each === undefined)) return undefined;
  if (
    caFile === undefined ||
    certFile === undefined ||
    keyFile === undefined ||
    serverName === undefined
  ) {
    throw new UsageError(
      'Give --ca-file, --cert-file, --key-file and --server-name together, for mutual TLS.',
    );
  }
  return { caFile, certFile, keyFile, serverName };
}

function clientKind(value: string): 'grpc' | 'envoy' {
  if (value === 'grpc' || value === 'envoy') return value;
  throw new InvalidArgumentError('It must be grpc or envoy.');
}
