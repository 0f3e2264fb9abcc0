// A name resolver for grpc-js's own policies, told by a benchmark: bench:///<name>.
import { experimental } from '@grpc/grpc-js';

const listeners = new Map();
let started = () => undefined;

class StaticResolver {
  #path;

  constructor({ path }, listener) {
    this.#path = path;
    listeners.set(path, listener);
  }

  static getDefaultAuthority({ path }) {
    return path;
  }

  updateResolution() {
    setImmediate(() => started(this.#path));
  }

  destroy() {
    listeners.delete(this.#path);
  }
}

experimental.registerResolver('bench', StaticResolver);

/** Resolves when a channel has asked for the name. */
export function asked() {
  return new Promise((resolve) => (started = resolve));
}

/** Tells the channel of these ports, under grpc-js's own policy. */
export function tell(name, ports, policy) {
  const endpoints = ports.map((port) => ({ addresses: [{ host: '127.0.0.1', port }] }));
  const config = { loadBalancingConfig: [policy], methodConfig: [] };
  listeners.get(name)(
    experimental.statusOrFromValue(endpoints),
    {},
    experimental.statusOrFromValue(config),
    '',
  );
}
