import { InvalidOptionError } from '@grpc-discovery/registry';
import {
  aFunction,
  arrayOf,
  flag,
  optional,
  readOptions,
  refuse,
  withDefault,
} from '@grpc-discovery/registry/options';
import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';

/** Options of the module itself. */
export interface ModuleVisibility {
  /**
   * Whether every module can inject what this one exports. With `false`, import the module that this call returns wherever
   * something is injected from it.
   * @default true
   */
  readonly isGlobal?: boolean;
}

export const visibilityTable = {
  isGlobal: withDefault(flag(), true, 'whether every module can inject the exports'),
};

const SOURCES = ['useFactory', 'useClass', 'useExisting'] as const;

/**
 * Checks the options of `forRootAsync`: Nest's own, and those of `extras`.
 * @param method What a class that makes the options implements.
 * @throws InvalidOptionError
 */
export function readAsyncOptions<
  Given extends ConfigurableModuleAsyncOptions<unknown, Method>,
  Method extends string,
>(given: Given, method: Method, extras: Parameters<typeof readOptions>[0]): Given {
  const read = readOptions({ ...sourceTable(method), ...extras }, given, 'forRootAsync');
  const [first, second] = SOURCES.filter((source) => given[source] !== undefined);
  if (first === undefined) {
    const remedy = `Give a function that returns the options, or a class with a method ${method}() as useClass or useExisting.`;
    throw refuse('forRootAsync.useFactory', 'a function', undefined, remedy);
  }
  if (second !== undefined) {
    const expected = `absent where ${first} is given`;
    throw new InvalidOptionError(`forRootAsync.${second}`, expected, 'given', 'Keep one of them.');
  }
  return read as Given;
}

function sourceTable(method: string) {
  return {
    imports: optional(
      arrayOf((it) => it),
      'modules whose providers are injected',
    ),
    inject: optional(
      arrayOf((it) => it),
      'what the factory takes',
    ),
    provideInjectionTokensFrom: optional(
      arrayOf((it) => it),
      'providers of what the factory takes',
    ),
    useFactory: optional(aFunction('Give a function that returns the options.'), 'the options'),
    useClass: optional(factoryClass(method), 'the options'),
    useExisting: optional((it) => it, 'the provider that makes the options'),
  };
}

function factoryClass(method: string) {
  return (value: unknown, path: string): unknown => {
    const { prototype } = (value ?? {}) as { readonly prototype?: object };
    if (typeof value === 'function' && prototype && method in prototype) {
      return value;
    }
    throw refuse(path, `a class with a method ${method}()`, value, 'Implement the method.');
  };
}
