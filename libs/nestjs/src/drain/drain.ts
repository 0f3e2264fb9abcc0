import { counted } from '@grpc-discovery/registry/options';
import type { Registration, ServiceInstance } from '@grpc-discovery/registry';
import { type Server, status } from '@grpc/grpc-js';
import type { ServerHttp2Session } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { sessionsOf } from '../grpc/private-members.js';
import type { NormalizedDrainOptions } from './drain-options.js';
import type { OpenSockets } from '../server/bound-server.js';
import type { CallEnding, OpenCalls } from '../server/open-calls.js';
import { isHealthCheck, type ServerHealth } from '../server/server-health.js';

/** A server that can be drained. */
export interface Drainable {
  readonly server: Server;
  readonly registration: Registration;
  readonly calls: OpenCalls;
  readonly sockets: OpenSockets;
  /** Undefined if the server has no health service. */
  readonly health: ServerHealth | undefined;
}

/** Result of a drain. */
export interface DrainResult {
  /** Streams that the server ended with UNAVAILABLE after `streamGraceMs`. */
  readonly streamsEnded: number;
  /** Calls that the server cut with UNAVAILABLE after `graceMs`. */
  readonly callsCut: number;
  /** From the first step to the closed port. */
  readonly durationMs: number;
}

/** Longest wait for clients to answer their pings, in milliseconds, and at most half of the grace period: a client may hang. */
const PEER_PINGS_MS = 1_000;
/** How long the status of cut calls has to reach their clients, in milliseconds. */
const FAREWELL_MS = 500;

/**
 * Takes a server out of service without failing a call: deregisters first, then takes no new calls, then lets the running ones
 * finish. Each step has a bound.
 */
export async function drain(
  { server, registration, calls, sockets, health }: Drainable,
  { deregisterMs, propagationMs, streamGraceMs, graceMs }: NormalizedDrainOptions,
): Promise<DrainResult> {
  const start = performance.now();
  const wasRegistered = registration.state.kind === 'registered';
  const goElsewhere = endingOfStreams(registration);

  health?.notServing();
  await settledWithin(deregisterMs, registration.deregister({ withinMs: deregisterMs }));
  if (wasRegistered) await delay(propagationMs);
  const graceEndsAt = performance.now() + graceMs;
  const graceLeftMs = () => Math.max(0, graceEndsAt - performance.now());
  await settledWithin(Math.min(PEER_PINGS_MS, graceMs / 2), awaitPeerPings(server));

  const closed = stopAccepting(server);
  calls.endStreams(goElsewhere, isHealthCheck);
  const finished = callsFinished(calls, closed);

  let streamsEnded = 0;
  if (!(await settledWithin(Math.min(streamGraceMs, graceLeftMs()), finished))) {
    streamsEnded = calls.endStreams(goElsewhere);
  }
  let callsCut = 0;
  if (!(await settledWithin(graceLeftMs(), finished))) {
    callsCut = calls.endAll(endingOfCalls(registration, graceMs));
    if (callsCut > 0) await settledWithin(FAREWELL_MS, closed);
  }
  server.forceShutdown();
  sockets.destroy();
  return { streamsEnded, callsCut, durationMs: performance.now() - start };
}

export function drainedText({ id, service }: ServiceInstance, result: DrainResult): string {
  const { streamsEnded, durationMs } = result;
  return `Instance "${id}" of service "${service}" was drained in ${Math.round(durationMs)} ms; streams ended: ${streamsEnded}`;
}

/** Undefined if no call was cut. */
export function cutText(
  { id, service }: ServiceInstance,
  { callsCut }: DrainResult,
  graceMs: number,
): string | undefined {
  if (callsCut === 0) return undefined;
  return (
    `The drain of instance "${id}" of service "${service}" cut ${counted(callsCut, 'call')} that had not finished within ${graceMs} ms. ` +
    'Raise drain.graceMs if they need longer.'
  );
}

/** UNAVAILABLE is the code that clients may take for "again, and elsewhere". */
function endingOfStreams({ instance: { id, service } }: Registration): CallEnding {
  const details = `Instance "${id}" of service "${service}" is shutting down: open the stream again, another instance takes it.`;
  return { code: status.UNAVAILABLE, details };
}

function endingOfCalls({ instance }: Registration, graceMs: number): CallEnding {
  const details =
    `Instance "${instance.id}" of service "${instance.service}" is shutting down, and the call had not ended within ` +
    `${graceMs} ms: retry on another instance, or raise drain.graceMs of the service.`;
  return { code: status.UNAVAILABLE, details };
}

/**
 * Resolves when all connections are closed, or when no call is open and the remaining connections have not closed in time: a
 * client that hangs keeps its connection open for ever.
 */
async function callsFinished(calls: OpenCalls, closed: Promise<void>): Promise<void> {
  do {
    await Promise.race([closed, calls.idle()]);
  } while (!(await settledWithin(PEER_PINGS_MS, closed)) && calls.count > 0);
}

/** Sends GOAWAY, and resolves when the last call has ended; never while a stream is open. */
function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => server.tryShutdown(() => resolve()));
}

async function settledWithin(ms: number, promise: Promise<void>): Promise<boolean> {
  const abort = new AbortController();
  const late = delay(ms, false, { signal: abort.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  abort.abort();
  return settled;
}

/**
 * Resolves when every connected client has received everything sent before, and everything it had sent has arrived: a ping is
 * answered after all earlier frames. The second ping gives the client a turn of its event loop to react.
 *
 * grpc-js closes a connection as soon as its calls have ended. If a client is still sending, its data reaches a closed
 * socket, and the reset that follows discards what the client has not read yet, including the GOAWAY: its calls fail.
 */
async function awaitPeerPings(server: Server): Promise<void> {
  await Promise.all(sessionsOf(server).map(pingTwice));
}

async function pingTwice(session: ServerHttp2Session): Promise<void> {
  await answered(session);
  await answered(session);
}

function answered(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    if (session.destroyed || session.closed) return resolve();
    session.once('close', resolve);
    const isSent = session.ping(() => {
      session.removeListener('close', resolve);
      resolve();
    });
    if (!isSent) resolve();
  });
}
