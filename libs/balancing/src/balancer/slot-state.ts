import type { EndpointPicker } from '../policies/policy.js';
import type { BalancedEndpoint } from './balanced-endpoint.js';

/** What a policy makes of its endpoints. */
export type SlotState =
  /** Endpoints have changed since the last pick: the next one looks. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'ready';
      readonly picker: EndpointPicker;
      /** What the picker was made of. */
      readonly eligible: readonly BalancedEndpoint[];
    }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'failing'; readonly details: string };

export type KnownSlotState = Exclude<SlotState, { readonly kind: 'unknown' }>;
