import { describe, expect, it } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import { encodeLoadReport, LOAD_REPORT_TRAILER } from '../reports/load-report.js';
import { seeded, tally } from '../spec/random.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { weightedRoundRobin } from './weighted-round-robin.js';

const [a, b, c] = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'] as const;

function trailers(utilization: number, callsPerSecond: number, errorsPerSecond = 0): Metadata {
  const metadata = new Metadata();
  const report = encodeLoadReport({ utilization, callsPerSecond, errorsPerSecond });
  metadata.set(LOAD_REPORT_TRAILER, report);
  return metadata;
}

/** Each instance ends a call with what it has to report. */
function reported(reports: Record<string, Metadata>): ScriptedPolicy {
  const policy = new ScriptedPolicy(weightedRoundRobin({ weights: 'reported' }), {}, seeded());
  policy.connect(instanceAt(a), instanceAt(b), instanceAt(c));
  for (let i = 0; i < 6; i++) {
    const call = policy.channel.call();
    call.end(status.OK, reports[call.address] ?? new Metadata());
  }
  policy.now += 1_000;
  return policy;
}

describe('weights that servers report', () => {
  it('are calls per second divided by utilisation', () => {
    const policy = reported({
      [a]: trailers(0.5, 100),
      [b]: trailers(0.25, 100),
      [c]: trailers(1, 100),
    });
    expect(tally(policy.channel.picks(700))).toEqual({ [a]: 200, [b]: 400, [c]: 100 });
  });

  it('decrease with errors', () => {
    const failing = trailers(0.5, 100, 50);
    const policy = reported({ [a]: trailers(0.5, 100), [b]: trailers(0.5, 100), [c]: failing });
    expect(tally(policy.channel.picks(500))).toEqual({ [a]: 200, [b]: 200, [c]: 100 });
  });

  it('are the mean for an instance that reports nothing', () => {
    const policy = reported({ [a]: trailers(0.5, 100), [b]: trailers(0.25, 100) });
    const counts = tally(policy.channel.picks(900));
    expect(counts).toEqual({ [a]: 200, [b]: 400, [c]: 300 });
  });

  it('are equal when fewer than two instances report, or all reports are 3 minutes old', () => {
    const equal = { [a]: 100, [b]: 100, [c]: 100 };
    const alone = reported({ [a]: trailers(0.5, 100) });
    expect(tally(alone.channel.picks(300))).toEqual(equal);
    const stale = reported({ [a]: trailers(0.5, 100), [b]: trailers(0.25, 100) });
    stale.now += 180_000;
    expect(tally(stale.channel.picks(300))).toEqual(equal);
  });

  it('wait 10 s for an instance that joins', () => {
    const policy = reported({ [a]: trailers(0.5, 100), [b]: trailers(0.5, 100) });
    policy.connect(instanceAt(a), instanceAt(b), instanceAt(c, { id: 'new' }));
    for (let i = 0; i < 3; i++) {
      const call = policy.channel.call();
      call.end(status.OK, trailers(call.address === c ? 0.05 : 0.5, 100));
    }
    policy.now += 1_000;
    expect(tally(policy.channel.picks(300))).toEqual({ [a]: 100, [b]: 100, [c]: 100 });
    policy.now += 10_000;
    expect(tally(policy.channel.picks(1_200))).toEqual({ [a]: 100, [b]: 100, [c]: 1_000 });
  });

  it('survive broken trailers', () => {
    const broken = new Metadata();
    broken.set(LOAD_REPORT_TRAILER, Buffer.from([0x09, 1, 2]));
    const policy = reported({ [a]: broken, [b]: broken, [c]: broken });
    expect(tally(policy.channel.picks(3))).toEqual({ [a]: 1, [b]: 1, [c]: 1 });
  });
});
