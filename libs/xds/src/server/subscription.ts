import type { NackState, SubscriptionState } from './stream-state.js';

/** The subscription of one stream to one resource type, and the versions that it was sent. */
export class Subscription {
  readonly names = new Set<string>();
  /** Version of each resource that was sent and is still subscribed to. */
  readonly sent = new Map<string, string>();
  isWildcard = false;
  /** Whether the client waits for a response, even if nothing has changed. */
  isDue = false;
  private isFirst = true;
  private nonces = 0;
  private version = '';
  private acked = '';
  private nack: NackState | undefined;

  constructor(readonly type: string) {}

  /** How many names it holds, including those of resources that a reconnecting client already has. */
  get size(): number {
    return Math.max(this.names.size, this.isWildcard ? 0 : this.sent.size);
  }

  /** Nonce of the last response; empty before it. */
  get nonce(): string {
    return this.nonces === 0 ? '' : String(this.nonces);
  }

  /**
   * Applies the names of a state-of-the-world request, which lists all of them. Without names the first request is a
   * wildcard; a later one keeps a wildcard, or else unsubscribes from everything.
   * @param canBeWildcard Whether the type has wildcards: listeners and clusters only.
   */
  replaceNames(names: readonly string[], canBeWildcard: boolean): void {
    if (this.isFirst && names.length === 0 && canBeWildcard) this.isWildcard = true;
    else if (names.length > 0) this.isWildcard = names.includes('*');
    const wanted = new Set(names.filter((name) => name !== '*'));
    this.unsubscribe([...this.names].filter((name) => !wanted.has(name)));
    this.add(wanted);
  }

  /** Applies the names of a delta request, which lists changes. */
  changeNames(added: readonly string[], removed: readonly string[], canBeWildcard: boolean): void {
    if (this.isFirst && added.length === 0 && canBeWildcard) this.isWildcard = true;
    if (added.includes('*')) this.isWildcard = this.isDue = true;
    if (removed.includes('*')) this.isWildcard = false;
    this.unsubscribe(removed);
    this.add(new Set(added.filter((name) => name !== '*')));
  }

  /** A name that is subscribed to again must be answered, although nothing has changed. */
  private unsubscribe(names: readonly string[]): void {
    for (const name of names) {
      this.names.delete(name);
      this.sent.delete(name);
    }
  }

  private add(names: ReadonlySet<string>): void {
    for (const name of names) {
      if (this.names.has(name)) continue;
      this.names.add(name);
      this.isDue = true;
    }
    if (this.isFirst) this.isDue = true;
    this.isFirst = false;
  }

  /** Records a response. @returns its nonce */
  responded(version: string): string {
    this.isDue = false;
    this.nonces++;
    this.version = version;
    return this.nonce;
  }

  acknowledge(): void {
    this.acked = this.version;
    this.nack = undefined;
  }

  /** The client keeps its last good resources. Sending the same ones again would only be refused again. */
  refuse(message: string): NackState {
    this.nack = { version: this.version, message };
    return this.nack;
  }

  get state(): SubscriptionState {
    return {
      type: this.type,
      names: this.names.size,
      isWildcard: this.isWildcard,
      versionSent: this.version,
      versionAcked: this.acked,
      lastNack: this.nack,
    };
  }
}
