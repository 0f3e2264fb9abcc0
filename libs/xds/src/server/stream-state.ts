/** A response that a client refused. */
export interface NackState {
  /** Version of the refused response. */
  readonly version: string;
  /** The client's reason, cut and printable. */
  readonly message: string;
}

/** One type of resource on a stream. */
export interface SubscriptionState {
  /** Type URL. */
  readonly type: string;
  /** How many names are subscribed to. */
  readonly names: number;
  readonly isWildcard: boolean;
  readonly versionSent: string;
  readonly versionAcked: string;
  readonly lastNack: NackState | undefined;
}

/** The state of a client's stream, for display. */
export interface StreamState {
  readonly id: number;
  readonly protocol: 'sotw' | 'delta';
  /** The client's address. */
  readonly peer: string;
  /** Name and version of the client; empty before its first request. */
  readonly nodeId: string;
  readonly userAgent: string;
  readonly openedAt: Date;
  /** Whether the client has stopped reading. It gets the newest state once it reads again. */
  readonly isBlocked: boolean;
  readonly subscriptions: readonly SubscriptionState[];
}

/** Counters since the server was created. */
export interface AdsCounters {
  readonly streamsOpened: number;
  readonly streamsOpen: number;
  readonly responses: number;
  readonly bytes: number;
  readonly nacks: number;
}
