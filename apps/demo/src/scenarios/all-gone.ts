import { setTimeout as delay } from 'node:timers/promises';
import { ClaimFailedError } from '../expectations.js';
import type { Reply } from '../gateway.js';
import { bringBack, sharesOf } from '../shares.js';
import { GREETERS, type Scenario } from '../stage.js';

const [first, ...others] = GREETERS;
/** An answer without a network round trip; the rest is for a busy machine. */
const AT_ONCE_MS = 500;
const SHORT_DEADLINE_MS = 1_000;
const LONG_DEADLINE_MS = 30_000;
const NAMED = ['greeter', '/demo/instances/greeter/'];

export const allGone: Scenario = {
  number: '6',
  title: 'With no instance left, calls fail at once with a reason, or wait with waitForReady',
  seconds: 6,
  async play(stage) {
    const { fleet, load } = stage;
    await load.pause();
    await fleet.greeters.end('SIGTERM', ...GREETERS);

    const asked = performance.now();
    expectRefusal(await fleet.gateway.hello('nobody'), 503);
    const refusedMs = performance.now() - asked;
    if (refusedMs > AT_ONCE_MS) {
      throw new ClaimFailedError(`a refusal within ${AT_ONCE_MS} ms`, `it took ${refusedMs} ms`);
    }
    const expired = await fleet.gateway.hello('patient', {
      waitForReady: true,
      timeoutMs: SHORT_DEADLINE_MS,
    });
    expectRefusal(expired, 504);

    const waiting = fleet.gateway.hello('patient', {
      waitForReady: true,
      timeoutMs: LONG_DEADLINE_MS,
    });
    const early = await Promise.race([waiting, delay(200, 'still waiting' as const)]);
    if (early !== 'still waiting') throw new ClaimFailedError('the call to wait', 'it ended');
    await fleet.greeters.start(first);
    const reply = await waiting;
    if (reply.kind !== 'answered') {
      throw new ClaimFailedError('the waiting call to be answered', reply.reason);
    }
    load.resume();
    await bringBack(fleet, ...others);
    await sharesOf(stage, GREETERS);
    return `refused in ${refusedMs.toFixed(0)} ms; a waiting call was answered by ${reply.instanceId}`;
  },
};

/** A failure names the service and the prefix that was searched. */
function expectRefusal(reply: Reply, status: number): void {
  const told = reply.kind === 'failed' ? reply.reason : `answered by ${reply.instanceId}`;
  const named = NAMED.every((name) => told.includes(name));
  if (reply.kind === 'failed' && reply.status === status && named) return;
  throw new ClaimFailedError(`status ${status} and a text with ${NAMED.join(' and ')}`, told);
}
