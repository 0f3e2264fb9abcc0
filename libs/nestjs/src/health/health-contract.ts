import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader';

/** In the protocol, the status of a server or of one of its services. */
export type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

const MESSAGES = {
  HealthCheckRequest: { fields: { service: { id: 1, type: 'string' } } },
  HealthCheckResponse: {
    fields: { status: { id: 1, type: 'ServingStatus' } },
    nested: {
      ServingStatus: {
        values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 },
      },
    },
  },
  HealthListRequest: { fields: {} },
  HealthListResponse: {
    fields: { statuses: { id: 1, keyType: 'string', type: 'HealthCheckResponse' } },
  },
};

const check = { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse' };

const SERVICES = {
  Health: {
    methods: {
      Check: check,
      Watch: { ...check, responseStream: true },
      List: { requestType: 'HealthListRequest', responseType: 'HealthListResponse' },
    },
  },
};

/**
 * `grpc/health/v1/health.proto`. It stands in the program and in no file beside it, which a bundler would leave behind, as it does
 * with that of `grpc-health-check`.
 */
export function healthContract(): ServiceDefinition {
  const v1 = { nested: { ...MESSAGES, ...SERVICES } };
  // Its type wants fields and methods of everything.
  const root: unknown = { nested: { grpc: { nested: { health: { nested: { v1 } } } } } };
  const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
  const definitions = fromJSON(root as Parameters<typeof fromJSON>[0], options);
  return definitions['grpc.health.v1.Health'] as ServiceDefinition;
}
