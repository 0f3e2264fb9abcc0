/** The normalised options of the module. */
export const DISCOVERY_OPTIONS = Symbol('DISCOVERY_OPTIONS');
/** The registry: override it with `createMemoryRegistry()` in a test. */
export const DISCOVERY_REGISTRY = Symbol('DISCOVERY_REGISTRY');

/** A function that wraps the registry, for other modules of this package. Not for applications. */
export const REGISTRY_DECORATOR = Symbol('discovery:registry-decorator');

/** Whether channels connect as they are created instead of in `onModuleInit`. Only tests provide it. */
export const CONNECTS_AT_ONCE = Symbol('discovery:connects-at-once');
