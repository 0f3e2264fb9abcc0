import {
  RegistryClosedError,
  RegistryUnreachableError,
  type ServiceConfigs,
} from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { describe, expect, it } from '@jest/globals';
import { ConfigPublisher } from './config-publisher.js';

const unreachable = () => new RegistryUnreachableError(['etcd'], 'greeter', new Error('refused'));

/** A registry whose answers to `publish` come one after the other; the last one is repeated. */
function publisher(...answers: (Error | undefined)[]) {
  const warnings: string[] = [];
  let tries = 0;
  const publish = () => {
    const answer = answers[Math.min(tries++, answers.length - 1)];
    return answer ? Promise.reject(answer) : Promise.resolve();
  };
  const configs = { publish } as unknown as ServiceConfigs;
  const warn = (message: string) => void warnings.push(message);
  const subject = new ConfigPublisher({
    configs,
    service: 'greeter',
    config: {},
    warn,
    firstPauseMs: 1,
  });
  subject.publish();
  return { subject, warnings, tries: () => tries };
}

describe('ConfigPublisher', () => {
  it('tries until the registry takes the config, and tells of the trouble once', async () => {
    const { warnings, tries } = publisher(unreachable(), unreachable(), unreachable(), undefined);
    await until('it is published', () => tries() === 4);
    expect(warnings).toEqual([expect.stringContaining('The config of service "greeter"')]);
  });

  it('gives up on what will not pass', async () => {
    const { warnings, tries } = publisher(new RegistryClosedError('greeter'), undefined);
    await until('it has failed', () => warnings.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tries()).toBe(1);
  });

  it('publishes again on request', async () => {
    const { subject, tries } = publisher(undefined);
    await until('it is published', () => tries() === 1);
    subject.publish();
    expect(await until('it is published again', () => tries() === 2)).toBe(true);
  });

  it('tries no more once it is stopped', async () => {
    const { subject, tries } = publisher(unreachable());
    await until('it has tried', () => tries() > 0);
    subject.stop();
    const before = tries();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tries()).toBe(before);
  });
});
