import type { ServiceInstance } from '@grpc-discovery/registry';

/** An instance of the greeter at this address. */
export function instanceAt(
  address: string,
  overrides: Partial<ServiceInstance> = {},
): ServiceInstance {
  return {
    id: address,
    service: 'greeter',
    address,
    version: '1.0.0',
    weight: 100,
    locality: { region: '', zone: '', subZone: '' },
    metadata: {},
    startedAt: '2026-01-01T00:00:00.000Z',
    ...overrides,
  };
}
