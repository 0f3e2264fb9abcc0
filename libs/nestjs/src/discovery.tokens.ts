/** The normalised options of the module. */
export const DISCOVERY_OPTIONS = Symbol('DISCOVERY_OPTIONS');
/** The registry: override it with `createMemoryRegistry()` in a test. */
export const DISCOVERY_REGISTRY = Symbol('DISCOVERY_REGISTRY');

/** A function by which another module of this package may wrap the registry. Not for applications. */
export const REGISTRY_DECORATOR = Symbol('discovery:registry-decorator');

/** Whether channels connect as they are created instead of in `onModuleInit`. Only tests provide it. */
export const CONNECTS_AT_ONCE = Symbol('discovery:connects-at-once');
