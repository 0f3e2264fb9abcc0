import { randomBytes } from 'node:crypto';

/** etcd expires a simple token that was unused for this long. */
const tokenTtlMs = 300_000;

/** A token and whose it is. */
export interface IssuedToken {
  readonly token: string;
  readonly user: string;
}

/** The tokens of logged-in users. */
export class TokenTable {
  private readonly tokens = new Map<string, { readonly user: string; usedAt: number }>();

  /**
   * @param issued Tokens from before a restart; they count as used now.
   * @param now milliseconds of a monotonic clock.
   * @param changed Called after a token was issued or revoked.
   */
  constructor(
    issued: readonly IssuedToken[],
    private readonly now: () => number,
    private readonly changed: () => void,
  ) {
    for (const { token, user } of issued) this.tokens.set(token, { user, usedAt: now() });
  }

  issue(user: string): string {
    const token = randomBytes(12).toString('base64url');
    this.tokens.set(token, { user, usedAt: this.now() });
    this.changed();
    return token;
  }

  /** The token's user; using a token keeps it valid. */
  userOf(token: string): string | undefined {
    const found = this.tokens.get(token);
    if (found === undefined) return undefined;
    if (this.isExpired(found.usedAt)) {
      this.tokens.delete(token);
      return undefined;
    }
    found.usedAt = this.now();
    return found.user;
  }

  revokeOf(user: string): void {
    for (const [token, found] of this.tokens) if (found.user === user) this.tokens.delete(token);
    this.changed();
  }

  clear(): void {
    this.tokens.clear();
    this.changed();
  }

  /** The tokens that are still valid. */
  all(): IssuedToken[] {
    return [...this.tokens]
      .filter(([, { usedAt }]) => !this.isExpired(usedAt))
      .map(([token, { user }]) => ({ token, user }));
  }

  private isExpired(usedAt: number): boolean {
    return this.now() - usedAt > tokenTtlMs;
  }
}
