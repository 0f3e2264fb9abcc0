import { status } from '@grpc/grpc-js';
import { printable } from '../printable.js';
import { type Flavour, flavourOf } from '../resources/flavour.js';
import { PUSH_ORDER } from '../resources/resource-type.js';
import type { StoredResource } from '../store/flavoured-resources.js';
import type { Changes, ResourceStore } from '../store/resource-store.js';
import type { CheckedAdsOptions } from './ads-options.js';
import type { AdsResponse, Protocol } from './protocol.js';
import type { NackState, StreamState } from './stream-state.js';
import { Subscription } from './subscription.js';

/** The part of a grpc-js call that a stream needs. */
export interface StreamCall<Response> {
  getPeer(): string;
  /** @returns false if the client does not read as fast as this server writes */
  write(response: Response): boolean;
}

export interface StreamHooks {
  responded(bytes: number): void;
  refused(type: string, nack: NackState): void;
  /** Ends the stream with an error. */
  fail(code: status, details: string): void;
}

/** The bounds of one stream. */
export type StreamLimits = Pick<CheckedAdsOptions, 'maxNames' | 'maxBlockedMs'>;

/** In place of a version: the client knows that there is no such resource. */
const REMOVED = '';

/** One client: its subscriptions and what it was sent, in either protocol. */
export class AdsStream<Request, Response> {
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly openedAt = new Date();
  private flavour: Flavour | undefined;
  private nodeId = '';
  private userAgent = '';
  /** Set while the client does not read; monotonic, in milliseconds. */
  private blockedSince: number | undefined;

  constructor(
    readonly id: number,
    private readonly call: StreamCall<Response>,
    private readonly protocol: Protocol<Request, Response>,
    private readonly store: ResourceStore,
    private readonly hooks: StreamHooks,
    private readonly limits: StreamLimits,
  ) {}

  request(request: Request): void {
    const { type, node, nonce, refusal } = this.protocol.read(request);
    if (this.flavour === undefined) {
      this.flavour = flavourOf(node);
      this.nodeId = printable(node?.id ?? '');
      const version = node?.userAgentVersionType.value;
      const versionText = typeof version === 'string' ? version : '';
      this.userAgent = printable(`${node?.userAgentName ?? ''} ${versionText}`.trim());
    }
    if (!PUSH_ORDER.includes(type)) return this.answerUnknownType(type, nonce);
    const subscription = this.subscription(type);
    const isStale = nonce !== '' && nonce !== subscription.nonce;
    if (refusal !== undefined) {
      this.hooks.refused(type, subscription.refuse(printable(refusal)));
    } else if (nonce !== '' && !isStale) subscription.acknowledge();
    if (isStale && this.protocol.ignoresStale) return;
    this.protocol.subscribe(subscription, request);
    const names = [...this.subscriptions.values()].reduce((sum, each) => sum + each.size, 0);
    const { maxNames } = this.limits;
    if (names > maxNames) {
      const details = `A stream can subscribe to ${maxNames} names, but this one has ${names}. Open several streams.`;
      return this.hooks.fail(status.RESOURCE_EXHAUSTED, details);
    }
    this.flush([type]);
  }

  /** Sends what changed, unless the client does not read: then it gets the newest state once it reads again. */
  changed(changes: Changes, now: number): void {
    const mine = this.flavour && changes.get(this.flavour);
    if (!mine || mine.size === 0) return;
    if (this.blockedSince !== undefined && now - this.blockedSince > this.limits.maxBlockedMs) {
      const details = `The client has read nothing for ${this.limits.maxBlockedMs} ms. Open the stream again.`;
      return this.hooks.fail(status.RESOURCE_EXHAUSTED, details);
    }
    this.flush(PUSH_ORDER.filter((type) => mine.has(type)));
  }

  /** The client reads again. */
  drained(): void {
    this.blockedSince = undefined;
    this.flush(PUSH_ORDER);
  }

  get state(): StreamState {
    return {
      id: this.id,
      protocol: this.protocol.kind,
      peer: this.call.getPeer(),
      nodeId: this.nodeId,
      userAgent: this.userAgent,
      openedAt: this.openedAt,
      isBlocked: this.blockedSince !== undefined,
      subscriptions: [...this.subscriptions.values()].map(({ state }) => state),
    };
  }

  private flush(types: readonly string[]): void {
    for (const type of types) {
      const subscription = this.subscriptions.get(type);
      if (this.blockedSince !== undefined) return;
      if (subscription) this.send(subscription);
    }
  }

  private send(subscription: Subscription): void {
    const { type, sent } = subscription;
    const present = this.wanted(subscription);
    const changed = present.filter(({ name, version }) => sent.get(name) !== version);
    const removed = this.protocol.kind === 'delta' ? this.removed(subscription, present) : [];
    if (changed.length === 0 && removed.length === 0 && !subscription.isDue) return;
    const resources = this.protocol.needsAll(type) ? present : changed;
    for (const { name, version } of changed) sent.set(name, version);
    for (const name of removed) sent.set(name, REMOVED);
    const version = newestVersion(present);
    this.write({ type, nonce: subscription.responded(version), version, resources, removed });
  }

  private wanted({ type, names, isWildcard }: Subscription): readonly StoredResource[] {
    const flavour = this.flavour ?? 'grpc';
    const all = isWildcard ? new Set([...names, ...this.store.wildcard(flavour, type)]) : names;
    return [...all].flatMap((name) => this.store.resource(flavour, type, name) ?? []);
  }

  /**
   * Names without a resource that the client does not know of yet: those that it waits for, and those of a former run of this
   * control plane.
   */
  private removed({ names, sent }: Subscription, present: readonly StoredResource[]): string[] {
    const existing = new Set(present.map(({ name }) => name));
    return [...new Set([...names, ...sent.keys()])].filter(
      (name) => !existing.has(name) && sent.get(name) !== REMOVED,
    );
  }

  private write(response: AdsResponse): void {
    const bytes = response.resources.reduce((sum, { resource }) => sum + resource.value.length, 0);
    if (!this.call.write(this.protocol.write(response))) this.blockedSince = performance.now();
    this.hooks.responded(bytes);
  }

  /** There are no resources of other types. A client that asks for them must not wait. */
  private answerUnknownType(type: string, nonce: string): void {
    if (nonce !== '' || this.blockedSince !== undefined) return;
    this.write({ type, nonce: '1', version: '1', resources: [], removed: [] });
  }

  private subscription(type: string): Subscription {
    const known = this.subscriptions.get(type);
    if (known) return known;
    const created = new Subscription(type);
    this.subscriptions.set(type, created);
    return created;
  }
}

/** Versions are `<epoch>.<counter>`; an empty response has one, too. */
function newestVersion(resources: readonly StoredResource[]): string {
  const counter = ({ version }: StoredResource) =>
    Number(version.slice(version.lastIndexOf('.') + 1));
  const [first, ...others] = resources;
  if (!first) return '0';
  return others.reduce((a, b) => (counter(b) > counter(a) ? b : a), first).version;
}
