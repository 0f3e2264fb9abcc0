import type { ServiceConfigSource, ServiceConfigState } from '../resolver/resolver-settings.js';

type Listener = (state: ServiceConfigState) => void;

/** The port as a script: a test says what is published. */
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
    this.tell({ kind: 'published', json: JSON.stringify(config) });
  }

  tell(state: ServiceConfigState): void {
    this.state = state;
    for (const listener of this.listeners) listener(state);
  }
}
