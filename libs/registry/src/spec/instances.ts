import type { ServiceInstance } from '../instance/service-instance.js';

/** A valid instance of the sample service, with the fields that a spec is about. */
export function anInstance(fields: Partial<ServiceInstance> = {}): ServiceInstance {
  return {
    id: 'greeter-1',
    service: 'greeter',
    address: '127.0.0.1:50051',
    version: '1.0.0',
    weight: 100,
    locality: { region: 'eu', zone: 'eu-1', subZone: '' },
    metadata: { team: 'welcome' },
    startedAt: '2026-01-01T00:00:00.000Z',
    ...fields,
  };
}
