import type { LoadReport } from '../policies/policy.js';

/** Trailer that carries the report: a serialised `xds.data.orca.v3.OrcaLoadReport`. */
export const LOAD_REPORT_TRAILER = 'endpoint-load-metrics-bin';

/** Numbers of the `double` fields of `OrcaLoadReport` that this file reads or writes. */
const CPU_UTILIZATION = 1;
const RPS_FRACTIONAL = 6;
const EPS = 7;
const APPLICATION_UTILIZATION = 9;

/** A report with more calls per second, or a larger share of capacity, is ignored. */
const MOST = 1e9;

const WIRE_VARINT = 0;
const WIRE_DOUBLE = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

/** In protobuf's wire format, so that clients in every language can read it. */
export function encodeLoadReport(report: LoadReport): Buffer {
  const fields = [
    [RPS_FRACTIONAL, report.callsPerSecond],
    [EPS, report.errorsPerSecond],
    [APPLICATION_UTILIZATION, report.utilization],
  ] as const;
  const bytes = Buffer.alloc(fields.length * 9);
  fields.forEach(([field, value], index) => {
    bytes.writeUInt8((field << 3) | WIRE_DOUBLE, index * 9);
    bytes.writeDoubleLE(value, index * 9 + 1);
  });
  return bytes;
}

/**
 * Reads reports of any server that supports ORCA. The utilisation is that of the application if reported, otherwise that of
 * the CPU (gRFC A58).
 * @returns undefined for bytes that are no report or hold impossible values (NaN, infinite, negative): a broken trailer must
 * not fail a call.
 */
export function decodeLoadReport(bytes: Uint8Array): LoadReport | undefined {
  const doubles = doubleFields(bytes);
  if (!doubles) return undefined;
  const report = {
    utilization: doubles.get(APPLICATION_UTILIZATION) ?? doubles.get(CPU_UTILIZATION) ?? 0,
    callsPerSecond: doubles.get(RPS_FRACTIONAL) ?? 0,
    errorsPerSecond: doubles.get(EPS) ?? 0,
  };
  return Object.values(report).every(isPlausible) ? report : undefined;
}

/** One impossible value would spoil every weight computed from it. */
function isPlausible(value: number): boolean {
  return value >= 0 && value <= MOST;
}

function doubleFields(bytes: Uint8Array): Map<number, number> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const doubles = new Map<number, number>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const skip = (length: number): void => {
    at += length;
  };
  try {
    while (at < bytes.length) {
      const tag = varint();
      const wireType = tag & 7;
      if (wireType === WIRE_DOUBLE) doubles.set(tag >> 3, view.getFloat64(at, true));
      if (wireType === WIRE_DOUBLE) at += 8;
      else if (wireType === WIRE_VARINT) varint();
      else if (wireType === WIRE_BYTES) skip(varint());
      else if (wireType === WIRE_FIXED32) at += 4;
      else return undefined;
    }
  } catch {
    return undefined;
  }
  return at === bytes.length ? doubles : undefined;
}
