import type { ServiceInstance } from '@grpc-discovery/registry';
import { anObject, optional, readOptions, required, text } from '@grpc-discovery/registry/options';
import { contractTableOf, type GrpcContractOptions } from '../options/grpc-options.js';
import { contractService } from '../client/contract.js';
import type { RpcMethod } from '../client/rpc-calls.js';

/** Answers one unary call. */
export type TestReply = (request: never, instance: ServiceInstance) => unknown;

/** What the instances of a service answer: without it, every reply has the default value in each field. */
export type TestServiceOptions = GrpcContractOptions & {
  /**
   * Name of the service in the .proto file.
   * @default the only one of the contract
   */
  readonly rpcService?: string;
  /** By the rpc's name in lower camel case. */
  readonly replies: Readonly<Record<string, TestReply>>;
};

const repliesTable = {
  rpcService: optional(text(), 'service of the contract'),
  replies: required(anObject<object>('an object', [], 'Give a function for each rpc.'), 'by rpc'),
};

/** Turns the bytes of a request into those of its reply. */
export type Answer = (request: Buffer, instance: ServiceInstance) => Promise<Buffer>;

/** A message with default values only is empty on the wire, whatever its type. */
const DEFAULT_MESSAGE = Buffer.alloc(0);

/** Answers by path: `/helloworld.Greeter/SayHello`. */
export class TestReplies {
  private readonly answers = new Map<string, Answer>();

  /** @throws ClientContractError when a reply is given for an rpc that the contract does not have. */
  constructor(options: TestServiceOptions | undefined) {
    if (!options) return;
    readOptions(
      { ...contractTableOf(options), ...repliesTable },
      options,
      'createTestFleet services',
    );
    const { methods, fullName } = contractService('createTestFleet()', options);
    for (const [name, reply] of Object.entries(options.replies)) {
      const method = methods.get(name);
      if (!method) throw new Error(`${fullName} has no rpc "${name}" for which a reply is given.`);
      this.answers.set(method.path, answer(method, reply));
    }
  }

  for(path: string): Answer {
    return this.answers.get(path) ?? (() => Promise.resolve(DEFAULT_MESSAGE));
  }
}

function answer(method: RpcMethod, reply: TestReply): Answer {
  return async (request, instance) => {
    const message: unknown = await reply(method.requestDeserialize(request) as never, instance);
    return method.responseSerialize(message);
  };
}
