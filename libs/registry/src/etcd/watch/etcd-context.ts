import type { RegistryLimits } from '../../limits.js';
import type { RegistryLogger } from '../../registry.js';
import type { Clock, Random } from '../../timing/clock.js';
import type { EtcdSession } from '../session/etcd-session.js';
import type { WatchMultiplexer } from './watch-multiplexer.js';

/** What the ports of one registry share. */
export interface EtcdContext {
  readonly session: EtcdSession;
  readonly multiplexer: WatchMultiplexer;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: RegistryLogger;
  readonly namespace: string;
  /** The key that holds the id of the etcd store. */
  readonly epochKey: string;
  readonly limits: RegistryLimits;
}
