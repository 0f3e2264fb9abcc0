import { randomBytes } from 'node:crypto';

/** etcd forgets a simple token that nobody used for this long. */
const tokenTtlMs = 300_000;

/** The tokens of logged-in users. They don't outlive the process. */
export class TokenTable {
  private readonly tokens = new Map<string, { readonly user: string; usedAt: number }>();

  /** @param now milliseconds of a monotonic clock. */
  constructor(private readonly now: () => number) {}

  issue(user: string): string {
    const token = randomBytes(12).toString('base64url');
    this.tokens.set(token, { user, usedAt: this.now() });
    return token;
  }

  /** The token's user; using a token keeps it valid. */
  userOf(token: string): string | undefined {
    const found = this.tokens.get(token);
    if (found === undefined) return undefined;
    if (this.now() - found.usedAt > tokenTtlMs) {
      this.tokens.delete(token);
      return undefined;
    }
    found.usedAt = this.now();
    return found.user;
  }

  revokeOf(user: string): void {
    for (const [token, found] of this.tokens) if (found.user === user) this.tokens.delete(token);
  }

  clear(): void {
    this.tokens.clear();
  }
}
