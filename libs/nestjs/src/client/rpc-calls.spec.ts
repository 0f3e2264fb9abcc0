import { describe, expect, it } from '@jest/globals';
import { callQuestion, type RpcMethod } from './rpc-calls.js';

function method(requestStream: boolean, responseStream: boolean): RpcMethod {
  return {
    path: '/greeter.Greeter/SayHello',
    requestStream,
    responseStream,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: () => undefined,
    responseSerialize: () => Buffer.alloc(0),
    responseDeserialize: () => undefined,
  };
}

describe('A call of a client', () => {
  it.each([
    ['unary', false, false, false],
    ['client-streaming', true, false, true],
    ['server-streaming', false, true, true],
    ['bidirectional', true, true, true],
  ])(
    'tells its channel, when it is %s, whether its length is a latency',
    (_kind, req, res, isStream) => {
      const { metadata } = callQuestion(
        method(req, res),
        { timeoutMs: 1_000 },
        undefined,
        undefined,
      );
      expect(metadata).toMatchObject({ values: { isStream } });
    },
  );
});
