const RESERVED_WORDS = `any as async await bigint boolean break case catch class const continue debugger default delete do else
enum export extends false finally for function if implements import in instanceof interface intrinsic let never new null number
object package private protected public return static string super switch symbol this throw true try type typeof undefined
unknown using var void while with yield`;

/** Importing one of these from a contract would hide the well-known global. */
const GLOBALS = `AggregateError Array ArrayBuffer ArrayConstructor ArrayLike AsyncGenerator AsyncIterable AsyncIterableIterator
AsyncIterator Atomics Awaited BigInt BigInt64Array BigUint64Array Boolean Buffer Capitalize ClassDecorator ConstructorParameters
DataView Date Error EvalError Exclude Extract FinalizationRegistry Float32Array Float64Array Function Generator Infinity
InstanceType Int16Array Int32Array Int8Array Intl Iterable IterableIterator Iterator JSON Lowercase Map Math MethodDecorator NaN
NoInfer NodeJS NonNullable Number Object Omit OmitThisParameter ParameterDecorator Parameters Partial Pick Promise
PromiseConstructor PromiseLike PropertyDecorator PropertyDescriptor PropertyKey Proxy RangeError Readonly ReadonlyArray
ReadonlyMap ReadonlySet Record ReferenceError Reflect RegExp Required ReturnType Set SharedArrayBuffer String Symbol SyntaxError
TemplateStringsArray ThisParameterType ThisType TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray
Uncapitalize Uppercase WeakMap WeakRef WeakSet arguments eval globalThis`;

/** Names that a client's file imports from @grpc-discovery/nestjs, and a contract's from @grpc/proto-loader. */
const IMPORTED = `BalancedClient BidiStreamingCall Call CallOptions ClientStreamingCall DiscoveryModule ServerStreamingCall
UnaryCall fromJSON definitions loader`;

const TAKEN = new Set([RESERVED_WORDS, GLOBALS, IMPORTED].flatMap((names) => names.split(/\s+/)));

/** Whether a name is reserved by TypeScript or used by the generated code. */
export function isTaken(name: string): boolean {
  return TAKEN.has(name);
}
