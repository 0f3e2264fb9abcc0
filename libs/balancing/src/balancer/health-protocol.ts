/** Name of the rpc service of grpc's health checking protocol, version 1. */
export const HEALTH_SERVICE = 'grpc.health.v1.Health';

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

export type ServingStatus = (typeof STATUSES)[number];

/** Field 1, wire type 2 (bytes) and 0 (varint). */
const SERVICE_TAG = 0x0a;
const STATUS_TAG = 0x08;

/** A `HealthCheckRequest` in protobuf's wire format. @param service shorter than 128 bytes. */
export function healthRequest(service: string): Uint8Array {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE_TAG, name.length]), name]);
}

/** The status in a `HealthCheckResponse`. What can't be read is unknown. */
export function servingStatus(response: Uint8Array): ServingStatus {
  const index = response[0] === STATUS_TAG ? (response[1] ?? 0) : 0;
  return STATUSES[index] ?? 'UNKNOWN';
}
