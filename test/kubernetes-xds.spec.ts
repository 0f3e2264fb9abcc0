import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { agentOptions } from '../apps/agent/src/agent.options.js';
import { createProgram } from '../apps/agent/src/program.js';
import { envoyBootstrap } from '../libs/xds/src/bootstrap.js';
import { root } from './markdown-samples.js';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}
interface Workload {
  readonly kind: string;
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

const file = (path: string) => readFileSync(join(root, path), 'utf8');
const workloads = ['agent.yaml', 'envoy.yaml'].flatMap((name) =>
  parseAllDocuments(file(`deploy/kubernetes-xds/${name}`)).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${name}: ${document.errors.join()}`);
    const manifest = document.toJS() as Workload;
    return manifest.kind === 'Service' ? [] : [manifest];
  }),
);
const containers = workloads.flatMap(({ spec }) => spec.template.spec.containers);
const agents = containers.filter(({ name }) => name === 'agent');
const compose = parse(file('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<
    Record<string, { readonly command: readonly string[]; readonly image?: string }>
  >;
};
const agentCommands: readonly [string, readonly string[]][] = [
  ...agents.map(({ args = [] }, i): [string, readonly string[]] => [`manifest ${i + 1}`, args]),
  ...['agent-host', 'agent-central'].map((name): [string, readonly string[]] => [
    name,
    compose.services[name]!.command.slice(2),
  ]),
];

describe('The manifests of the agent and of Envoy', () => {
  it('select the pods that they make: a DaemonSet and a Deployment', () => {
    expect(workloads.map(({ kind }) => kind)).toEqual(['DaemonSet', 'Deployment']);
    for (const { spec } of workloads) {
      expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
    }
  });

  it('are all listed for kustomize', () => {
    const listed = parse(file('deploy/kubernetes-xds/kustomization.yaml')) as {
      readonly resources: readonly string[];
    };
    expect(listed.resources).toEqual(['agent.yaml', 'envoy.yaml']);
  });

  it.each(agentCommands)('start the agent with options that it accepts: %s', (_, args) => {
    const [serve] = createProgram({
      serve: () => Promise.resolve(),
      print: () => undefined,
    }).commands;
    const flags = serve!.exitOverride().parse(args.slice(1), { from: 'user' }).opts<never>();
    expect(args[0]).toBe('serve');
    expect(() => agentOptions(flags)).not.toThrow();
  });

  it.each(['deploy/envoy/envoy.json', 'deploy/kubernetes-xds/envoy.json'])(
    'give Envoy the file that the agent prints: %s',
    (path) => {
      const admin = { host: '127.0.0.1', port: 9901 };
      const options = { controlPlane: '127.0.0.1:18000', nodeId: 'envoy-1', zone: '', admin };
      expect(JSON.parse(file(path))).toEqual(envoyBootstrap(options));
    },
  );

  it('let Envoy accept calls at the port that the agent tells it', () => {
    const [envoy] = containers.filter(({ name }) => name === 'envoy');
    const [ingress] = agents.flatMap(({ args = [] }) =>
      args.filter((it) => it.includes('ingress')),
    );
    expect(ingress).toBe(`--ingress=0.0.0.0:${envoy?.ports?.[0]?.containerPort}`);
    expect(compose.services.envoy?.image).toBe(envoy?.image);
  });
});
