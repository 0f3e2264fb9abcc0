import { SettingsReader } from '../policies/settings-reader.js';
import { parsePolicy } from '../policies/policies.js';

export interface MassRemovalOptions {
  /**
   * Above which share of the instances a removal is a mass removal. It is one also when it leaves none; it is none when
   * a single one of several goes. 0 to 1.
   * @default 0.5
   */
  readonly share?: number;
  /**
   * Within which time removals are one, in milliseconds: the list is held against its largest size of this time. 0 judges
   * each update by itself.
   * @default 5_000, twice the longest pause between two lease keepalives: leases that are lost together end over one pause
   */
  readonly windowMs?: number;
  /**
   * How long instances that are gone from the registry by a mass removal are called on while they are connected, in
   * milliseconds. 0 lets them go at once.
   * @default 30_000, twice the time after which an instance that answers no ping is left
   */
  readonly holdMs?: number;
}

/** What a channel tells of a mass removal. */
export interface MassRemoval {
  /** How many instances are called on; those that vanish while the doubt lasts will be, too. */
  readonly held: number;
  /** How many were listed at most within the last `windowMs`. */
  readonly before: number;
  /** How many are listed now. */
  readonly after: number;
  /** For how long at most, in milliseconds. */
  readonly holdMs: number;
}

/** @throws InvalidPolicyError */
export function normalMassRemoval(options: MassRemovalOptions = {}): Required<MassRemovalOptions> {
  const reader = new SettingsReader('massRemoval', options, parsePolicy);
  const share = reader.number('share', { min: 0, max: 1, remedy: 'Use 0.5 for a half.' }) ?? 0.5;
  const times = { min: 0, max: 3_600_000, remedy: 'It is a time in milliseconds, such as 5000.' };
  const windowMs = reader.number('windowMs', times) ?? 5_000;
  const holdMs = reader.number('holdMs', times) ?? 30_000;
  reader.refuseUnknown();
  return { share, windowMs, holdMs };
}

/** Whether so many instances that go together speak of a sick registry more than of instances that stop. */
export function isMassRemoval(before: number, after: number, share: number): boolean {
  const gone = before - after;
  if (after === 0) return before > 0;
  return gone >= 2 && gone > before * share;
}
