import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { gatewayEnvironment } from '../apps/gateway/src/environment.js';
import { greeterEnvironment } from '../apps/greeter/src/environment.js';
import { normalizeDrainOptions } from '../libs/nestjs/src/drain/drain-options.js';

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly tcpSocket?: { readonly port: string };
  readonly grpc?: { readonly port: number };
}
interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: string[] } } };
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector?: { readonly matchLabels?: object };
    readonly template?: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number;
        readonly containers: readonly Container[];
      };
    };
  };
}

const folder = fileURLToPath(new URL('../deploy/kubernetes/', import.meta.url));
const kustomization = 'kustomization.yaml';
const files = readdirSync(folder).filter((file) => file !== kustomization);
const parse = (file: string) =>
  parseAllDocuments(readFileSync(folder + file, 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
const manifests = files.flatMap(parse);
const workload = (name: string) => {
  const found = manifests.find(({ metadata, spec }) => metadata.name === name && spec.template);
  if (!found?.spec.template) throw new Error(`No manifest runs ${name}`);
  return found.spec.template;
};
const containerOf = (name: string) => workload(name).spec.containers[0]!;

describe('The manifests for Kubernetes', () => {
  it('are all listed for kustomize', () => {
    const [listed] = parseAllDocuments(readFileSync(folder + kustomization, 'utf8'));
    expect((listed?.toJS() as { resources: string[] }).resources.sort()).toEqual(files.sort());
  });

  it('select the pods that they make', () => {
    const workloads = manifests.filter(({ spec }) => spec.template);
    const selected = workloads.map(({ spec }) => spec.selector?.matchLabels);
    expect(selected).toEqual(workloads.map(({ spec }) => spec.template?.metadata.labels));
    expect(workloads).toHaveLength(3);
  });

  it.each([
    ['greeter', greeterEnvironment],
    ['gateway', gatewayEnvironment],
  ])('give %s only variables that it reads, and values that it takes', (name, schema) => {
    const env = containerOf(name).env ?? [];
    const own = env.filter((variable) => variable.name !== 'APP');
    const known = Object.keys(schema.shape);
    expect(own.filter((variable) => !known.includes(variable.name))).toEqual([]);
    const values = own.flatMap(({ name: key, value }) =>
      value === undefined ? [] : [[key, value]],
    );
    expect(schema.safeParse(Object.fromEntries(values)).error).toBeUndefined();
    expect(env.find((variable) => variable.name === 'APP')?.value).toBe(name);
  });

  it('leave a greeter more time to stop than its drain takes', () => {
    const { deregisterMs, propagationMs, graceMs } = normalizeDrainOptions();
    const drainSeconds = (deregisterMs + propagationMs + graceMs) / 1_000;
    const { terminationGracePeriodSeconds } = workload('greeter').spec;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(drainSeconds);
  });

  it('let a gateway serve on until its Service has heard that it stops, and leave time for the rest', () => {
    const [program, pauseSeconds] = containerOf('gateway').lifecycle?.preStop.exec.command ?? [];
    expect(program).toBe('sleep');
    expect(Number(pauseSeconds)).toBeGreaterThan(0);
    const { terminationGracePeriodSeconds = 30 } = workload('gateway').spec;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(pauseSeconds) + 15);
    // The drain of a gRPC server tells its clients by itself.
    expect(containerOf('greeter').lifecycle).toBeUndefined();
  });

  it.each(['etcd', 'greeter', 'gateway'])('probe ports that %s has', (name) => {
    const { ports = [], readinessProbe, livenessProbe } = containerOf(name);
    const known = ports.flatMap((port): (string | number)[] => [port.name, port.containerPort]);
    const probed = [readinessProbe, livenessProbe].flatMap(
      (probe) => probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port ?? [],
    );
    expect(probed.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(probed));
  });
});
