import { fileURLToPath } from 'node:url';

export * from './gen/helloworld.js';

/** What a Nest gRPC server or client needs to know of a contract. */
export interface GrpcContract {
  readonly package: string;
  readonly protoPath: string;
  readonly loader: {
    readonly longs: StringConstructor;
    readonly enums: NumberConstructor;
    readonly defaults: boolean;
    readonly arrays: boolean;
    readonly objects: boolean;
    readonly oneofs: boolean;
  };
}

/**
 * The greeter's contract: spread it into the options of a server or a client. Both sides need these loader options,
 * or messages differ from the generated types at run time.
 */
export const greeterProto: GrpcContract = {
  package: 'helloworld',
  protoPath: fileURLToPath(new URL('../helloworld.proto', import.meta.url)),
  loader: {
    longs: String,
    enums: Number,
    defaults: true,
    arrays: true,
    objects: true,
    oneofs: true,
  },
};
