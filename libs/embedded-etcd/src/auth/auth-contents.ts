import { type Permission } from '../api/auth-messages.js';

export interface User {
  readonly name: string;
  /** Undefined: the user can't log in with a password. */
  readonly password: string | undefined;
  readonly roles: readonly string[];
}

export interface Role {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** What a restart keeps of the access control. */
export interface AuthContents {
  readonly isEnabled: boolean;
  /** Grows with each change; 1 at first, also of contents that were kept without it. */
  readonly revision?: number;
  readonly users: readonly User[];
  readonly roles: readonly Role[];
}

export const emptyAuth: AuthContents = { isEnabled: false, users: [], roles: [] };
