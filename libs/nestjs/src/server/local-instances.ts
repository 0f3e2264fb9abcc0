import type { Registration, ServiceInstance } from '@grpc-discovery/registry';
import { Injectable, Logger } from '@nestjs/common';
import { setMaxListeners } from 'node:events';
import type { DrainResult } from '../drain/drain.js';
import type { LeaveBy } from '../readiness/readiness.options.js';

/** A server of this process leaves service. */
export type DrainEvent =
  | { readonly kind: 'draining'; readonly instance: ServiceInstance }
  | {
      readonly kind: 'drained';
      readonly instance: ServiceInstance;
      readonly result: DrainResult;
    };

export type DrainListener = (event: DrainEvent) => void;

/** A server of this process, as {@link LocalInstances} controls it. */
export interface LocalServer {
  /** Undefined while the server does not serve. */
  readonly registration: Registration | undefined;
  /** Takes the instance out of rotation, even if it starts to serve later. */
  leave(by: LeaveBy): void;
  /** Ends what `leave` began. */
  rejoin(): void;
  /** Drains. */
  close(): Promise<void>;
}

/** The instances that this process serves. */
@Injectable()
export class LocalInstances {
  private readonly logger = new Logger('Discovery');
  private readonly servers = new Set<LocalServer>();
  private readonly listeners = new Set<DrainListener>();
  /** Set while the instances are out of rotation. */
  private leftBy: LeaveBy | undefined;
  private readonly draining = new AbortController();

  constructor() {
    // Every open stream may listen.
    setMaxListeners(0, this.draining.signal);
  }

  /** The instances that serve now, in the order of creation. */
  get all(): readonly ServiceInstance[] {
    return this.registrations.map((registration) => registration.instance);
  }

  /** The registrations of these instances. */
  get registrations(): readonly Registration[] {
    return [...this.servers].flatMap((server) => server.registration ?? []);
  }

  /** @internal How many servers exist, serving or not. */
  get serverCount(): number {
    return this.servers.size;
  }

  /** The first instance of a service, or undefined while none serves. */
  of(service: string): ServiceInstance | undefined {
    return this.all.find((instance) => instance.service === service);
  }

  /**
   * Aborted when the first server of the process starts to drain, before the deregistration. The handler of a long stream can
   * then send its last messages and complete, before it is ended after `drain.streamGraceMs`.
   */
  get drainSignal(): AbortSignal {
    return this.draining.signal;
  }

  /** Adds a listener for the start and the end of every drain; returns a function that removes it. */
  onDrain(listener: DrainListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** @internal */
  add(server: LocalServer): void {
    this.servers.add(server);
    if (this.leftBy) server.leave(this.leftBy);
  }

  /** @internal A listener that throws does not stop the drain. */
  tell(event: DrainEvent): void {
    this.draining.abort();
    for (const listener of [...this.listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error(`A listener of onDrain threw: ${String(error)}`);
      }
    }
  }

  /** @internal Takes every instance out of rotation, including those that start to serve later. */
  leave(by: LeaveBy): void {
    this.leftBy = by;
    for (const server of this.servers) server.leave(by);
  }

  /** @internal Ends what `leave` began. */
  rejoin(): void {
    this.leftBy = undefined;
    for (const server of this.servers) server.rejoin();
  }

  /** Drains all servers of the process in parallel. Safe to call twice. */
  async drain(): Promise<void> {
    await Promise.all([...this.servers].map((server) => server.close()));
  }
}
