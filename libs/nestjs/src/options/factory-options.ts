import { aFunction, arrayOf, optional, required } from '@grpc-discovery/registry/options';
import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency } from '@nestjs/common';

/** How a module's options are computed, in the fields that Nest's own modules have. */
export interface FactoryOptions<Options> {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (...dependencies: never[]) => Options | Promise<Options>;
}

/** The table of {@link FactoryOptions}. */
export function factoryTable<Options>() {
  return {
    imports: optional(
      arrayOf((it) => it as never),
      'modules whose providers are injected',
    ),
    inject: optional(
      arrayOf((it) => it as InjectionToken),
      'what the factory takes',
    ),
    useFactory: required(
      aFunction<FactoryOptions<Options>['useFactory']>('Give a function that returns the options.'),
      'makes the options',
    ),
  };
}
