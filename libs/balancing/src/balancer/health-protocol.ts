/** Name of the rpc service of grpc's health checking protocol, version 1. */
export const HEALTH_SERVICE = 'grpc.health.v1.Health';

/** Field 1, wire type 2 (bytes) and 0 (varint). */
const SERVICE_TAG = 0x0a;
const STATUS_TAG = 0x08;
/** Of `HealthCheckResponse.ServingStatus`. */
const NOT_SERVING = 2;

/** A `HealthCheckRequest` in protobuf's wire format. @param service shorter than 128 bytes. */
export function healthRequest(service: string): Uint8Array {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE_TAG, name.length]), name]);
}

/**
 * Whether a `HealthCheckResponse` says that it does not serve. By gRFC A17 anything but SERVING does; but a server that does
 * not know the name (SERVICE_UNKNOWN), or answers every rpc with an empty message (UNKNOWN), has said nothing of itself.
 */
export function saysNotServing(response: Uint8Array): boolean {
  return response[0] === STATUS_TAG && response[1] === NOT_SERVING;
}
