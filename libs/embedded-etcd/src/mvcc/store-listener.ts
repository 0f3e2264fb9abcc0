import { type Key } from './key.js';
import { type Mutation } from './mutation.js';

/** Whom the store tells about its writes. */
export interface StoreListener {
  /** A key now belongs to another lease; `'0'` stands for none. Called during the write. */
  leaseChanged(key: Key, before: string, after: string): void;
  /** A transaction is done; its mutations share one revision. Never called without any. */
  written(mutations: readonly Mutation[]): void;
}
