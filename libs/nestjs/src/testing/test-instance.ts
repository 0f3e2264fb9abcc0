import type { Registration, Registrar, ServiceInstance } from '@grpc-discovery/registry';
import { status } from '@grpc/grpc-js';
import type { TestReplies } from './test-replies.js';
import { TestServer, type TestBehaviour } from './test-server.js';

type State =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'serving'; readonly server: TestServer; readonly registration: Registration };

export type TestInstanceDescription = Omit<ServiceInstance, 'address' | 'startedAt'>;

/** A real gRPC server on loopback that is registered and can inject faults. */
export class TestInstance {
  /** The entry that a crash left behind; a restart removes it. */
  private leftBehind: Registration | undefined;
  private state: State = { kind: 'stopped' };
  private behaviour: TestBehaviour = { kind: 'answer', delayMs: 0 };
  private callsBefore = 0;

  constructor(
    private readonly registrar: Registrar,
    private readonly description: TestInstanceDescription,
    private readonly replies: TestReplies,
  ) {}

  get id(): string {
    return this.description.id;
  }

  get isServing(): boolean {
    return this.state.kind === 'serving';
  }

  /** Calls that have reached it since it was created, whatever their outcome. */
  get calls(): number {
    return this.callsBefore + (this.state.kind === 'serving' ? this.state.server.calls : 0);
  }

  /** Listens on a new port and resolves when the registry lists it. Does nothing while it serves. */
  async start(): Promise<void> {
    if (this.state.kind === 'serving') return;
    await this.leftBehind?.deregister();
    const server = await TestServer.listen((path, request) =>
      this.replies.for(path)(request, registration.instance),
    );
    server.behaviour = this.behaviour;
    const registration = this.registrar.register({
      ...this.description,
      address: `127.0.0.1:${server.port}`,
      startedAt: new Date().toISOString(),
    });
    this.state = { kind: 'serving', server, registration };
    await registration.whenRegistered();
  }

  /** Resolves when a client has connected to it; at once when it does not serve. */
  async whenConnected(): Promise<void> {
    if (this.state.kind === 'serving') await this.state.server.whenConnected();
  }

  /** Drains: deregisters first, then refuses new calls, then finishes running ones. */
  async stop(): Promise<void> {
    const serving = this.leave();
    await serving?.registration.deregister();
    await serving?.server.close();
  }

  /** Crashes: cuts every connection and stays registered. */
  async crash(): Promise<void> {
    const serving = this.leave();
    this.leftBehind = serving?.registration;
    await serving?.server.destroy();
  }

  /** Answers every call after a time, in milliseconds. */
  slow(delayMs: number): void {
    this.behave({ kind: 'answer', delayMs });
  }

  /** Fails every call. */
  fail(code: status = status.INTERNAL, details = `${this.id} fails on purpose`): void {
    this.behave({ kind: 'fail', code, details });
  }

  /** Stops answering calls; waiting calls stay unanswered. */
  hang(): void {
    this.behave({ kind: 'hang' });
  }

  /** Ends all faults: new calls are answered at once. */
  recover(): void {
    this.behave({ kind: 'answer', delayMs: 0 });
  }

  private behave(behaviour: TestBehaviour): void {
    this.behaviour = behaviour;
    if (this.state.kind === 'serving') this.state.server.behaviour = behaviour;
  }

  private leave() {
    if (this.state.kind === 'stopped') return undefined;
    const serving = this.state;
    this.callsBefore += serving.server.calls;
    this.state = { kind: 'stopped' };
    return serving;
  }
}
