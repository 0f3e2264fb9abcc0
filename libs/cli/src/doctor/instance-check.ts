import { once } from 'node:events';
import { connect } from 'node:net';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { parseAddress } from '@grpc-discovery/registry';
import { Client, status, type ServiceError } from '@grpc/grpc-js';
import type { InstanceSecurity } from '../instance-security.js';
import { connectionCause, connectionRemedy } from '../instance-trouble.js';
import { hint, ok, problem, type Finding } from './finding.js';

const CONNECT_MS = 1_000;
const HEALTH_MS = 2_000;
const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
const SERVING = 1;

/** Checks that an instance can be reached and reports that it serves. */
export async function checkInstance(
  instance: ServiceInstance,
  security: InstanceSecurity,
): Promise<Finding> {
  const name = `${instance.service}/${instance.id} at ${instance.address}`;
  try {
    await connects(instance.address);
  } catch (error) {
    return problem('instance', `${name} can't be connected to (${(error as Error).message})`);
  }
  return health(name, instance, security);
}

async function connects(address: string): Promise<void> {
  const { host, port } = parseAddress(address);
  const socket = connect({ host, port, signal: AbortSignal.timeout(CONNECT_MS) });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** The messages are small enough to be read by hand: a request for the whole server is empty, field 1 of the answer a number. */
async function health(
  name: string,
  { service, address }: ServiceInstance,
  security: InstanceSecurity,
): Promise<Finding> {
  const { credentials, optionsOf } = security;
  const client = new Client(address, credentials, {
    ...optionsOf(service),
    'grpc.enable_http_proxy': 0,
  });
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        HEALTH_CHECK,
        (request: Buffer) => request,
        (response: Buffer) => response,
        Buffer.alloc(0),
        { deadline: Date.now() + HEALTH_MS },
        (error: ServiceError | null, response?: Buffer) =>
          error ? reject(error) : resolve(response ?? Buffer.alloc(0)),
      );
    });
    return answer[0] === 0x08 && answer[1] === SERVING
      ? ok('instance', `${name} serves`)
      : problem('instance', `${name} reports NOT_SERVING`);
  } catch (error) {
    const { code, details } = error as ServiceError;
    if (code === status.UNIMPLEMENTED)
      return hint('instance', `${name} answers, without a health service`);
    const cause = connectionCause(details);
    const reality = `accepts connections, but answers no health check (${cause})`;
    return problem('instance', `${name} ${reality}${connectionRemedy(cause, security)}`);
  } finally {
    client.close();
  }
}
