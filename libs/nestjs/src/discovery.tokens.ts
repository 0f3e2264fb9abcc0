/** The normalised options of the module. */
export const DISCOVERY_OPTIONS = Symbol('DISCOVERY_OPTIONS');
/** The registry: override it with `createMemoryRegistry()` in a test. */
export const DISCOVERY_REGISTRY = Symbol('DISCOVERY_REGISTRY');
