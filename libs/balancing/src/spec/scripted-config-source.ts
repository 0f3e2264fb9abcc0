import type { ServiceConfigSource, ServiceConfigState } from '../resolver/resolver-settings.js';

type Listener = (state: ServiceConfigState) => void;

/** A scripted source: the test publishes configs. */
export class ScriptedConfigSource implements ServiceConfigSource {
  private state: ServiceConfigState = { kind: 'pending' };
  private readonly listeners = new Set<Listener>();

  /** How many watches are open. */
  get watches(): number {
    return this.listeners.size;
  }

  watch(_service: string, listener: Listener): { close(): void } {
    this.listeners.add(listener);
    listener(this.state);
    return { close: () => void this.listeners.delete(listener) };
  }

  publish(config: object): void {
    this.deliver({ kind: 'published', json: JSON.stringify(config) });
  }

  deliver(state: ServiceConfigState): void {
    this.state = state;
    for (const listener of this.listeners) listener(state);
  }
}
