import type { Snapshot, WatchState } from '@grpc-discovery/registry';
import { instanceEndpoints, type InstanceEndpoint } from './instance-endpoints.js';

/** What the state of a watch means to a channel. */
export type Resolution =
  | {
      readonly kind: 'endpoints';
      /** At least one: with an empty list, grpc-js lets calls hang until their deadline. */
      readonly endpoints: readonly InstanceEndpoint[];
      /** Completes "no connection to any instance of …". */
      readonly note: string;
    }
  /** The registry has answered, and there is nothing to call. */
  | { readonly kind: 'no-instance'; readonly details: string }
  /** The registry has not been read yet. */
  | { readonly kind: 'error'; readonly details: string };

/** Where instances are searched, for messages. */
interface Search {
  readonly service: string;
  readonly source: string;
}

/** @returns undefined until the registry has answered: calls wait. */
export function resolve(
  state: WatchState,
  search: Search,
  previous: Resolution | undefined,
): Resolution | undefined {
  switch (state.kind) {
    case 'pending':
      return undefined;
    case 'unavailable':
      return { kind: 'error', details: unread(search, state.error) };
    case 'live':
      return fromSnapshot(state.snapshot, search, previous, '');
    case 'stale': {
      const since = `; the registry has been unreachable since ${state.since.toISOString()}`;
      return fromSnapshot(state.snapshot, search, previous, since);
    }
  }
}

/** Whether a channel that knows one resolution learns nothing from the other. */
export function isSameResolution(one: Resolution | undefined, other: Resolution): boolean {
  if (one?.kind !== other.kind) return false;
  if (one.kind !== 'endpoints' || other.kind !== 'endpoints') {
    return 'details' in one && 'details' in other && one.details === other.details;
  }
  return (
    one.note === other.note &&
    one.endpoints.length === other.endpoints.length &&
    one.endpoints.every((endpoint, index) => endpoint === other.endpoints[index])
  );
}

function fromSnapshot(
  { instances }: Snapshot,
  { service, source }: Search,
  previous: Resolution | undefined,
  since: string,
): Resolution {
  const known = previous?.kind === 'endpoints' ? previous.endpoints : [];
  const endpoints = instanceEndpoints(instances, known);
  if (endpoints.length > 0) {
    return { kind: 'endpoints', endpoints, note: `service "${service}" (${source}${since})` };
  }
  const details =
    instances.length === 0
      ? `No instance of service "${service}" is registered under ${source}${since}. ` +
        'Is one running, and in the same namespace?'
      : `No instance of service "${service}" under ${source}${since} has an address of the form ` +
        `host:port; the first of ${instances.length} has ${JSON.stringify(instances[0]?.address)}`;
  return { kind: 'no-instance', details };
}

function unread({ service, source }: Search, error: Error): string {
  // Errors of a registry usually name the key or prefix that was read, which is the source.
  const where = error.message.includes(source) ? '' : ` under ${source}`;
  return `The instances of service "${service}" can't be read from the registry${where}: ${error.message}`;
}

/** Details for a call that waits for the first list. */
export function unanswered(service: string, source: string): string {
  return (
    `The registry has not answered yet with the instances of service "${service}" under ${source}: no instance was called. ` +
    'Check that the registry is running and reachable; the log and describe() show its state'
  );
}
