import { describe, expect, it } from '@jest/globals';
import { decodeLoadReport, encodeLoadReport } from './load-report.js';
import { UtilizationMeter } from './report-utilization.js';

describe('a load report', () => {
  it('is decoded as it was encoded', () => {
    const report = { utilization: 0.75, callsPerSecond: 120.5, errorsPerSecond: 2 };
    expect(decodeLoadReport(encodeLoadReport(report))).toEqual(report);
  });

  it('is read from other servers: fields of all types, the CPU if there is no utilisation', () => {
    const double = (field: number, value: number) => {
      const bytes = Buffer.alloc(9, (field << 3) | 1);
      bytes.writeDoubleLE(value, 1);
      return bytes;
    };
    const rps = Buffer.from([(3 << 3) | 0, 0xac, 0x02]);
    const entry = Buffer.from([(8 << 3) | 2, 3, 0x0a, 0x01, 0x78]);
    const bytes = Buffer.concat([double(1, 0.5), rps, entry, double(6, 10)]);
    expect(decodeLoadReport(bytes)).toEqual({
      utilization: 0.5,
      callsPerSecond: 10,
      errorsPerSecond: 0,
    });
  });

  it.each([[[0x09, 1]], [[0x12, 200]], [[0x0b]], [[0x80]]])('is undefined for %j', (bytes) => {
    expect(decodeLoadReport(Buffer.from(bytes))).toBeUndefined();
  });
});

describe('the meter of a server', () => {
  it('reports the last complete window', () => {
    const metered = { time: 0, idle: 0, active: 0 };
    const meter = new UtilizationMeter(1_000, {
      now: () => metered.time,
      eventLoopUtilization: () => ({ ...metered, utilization: 0 }),
    });
    for (let i = 0; i < 10; i++) meter.count(i === 0);
    expect(meter.report()).toEqual({ utilization: 0, callsPerSecond: 0, errorsPerSecond: 0 });
    Object.assign(metered, { time: 2_000, idle: 500, active: 1_500 });
    const report = { utilization: 0.75, callsPerSecond: 5, errorsPerSecond: 0.5 };
    expect(meter.report()).toEqual(report);
    metered.time = 2_999;
    expect(meter.report()).toEqual(report);
    Object.assign(metered, { time: 3_000, idle: 1_500 });
    expect(meter.report()).toEqual({ utilization: 0, callsPerSecond: 0, errorsPerSecond: 0 });
  });
});
