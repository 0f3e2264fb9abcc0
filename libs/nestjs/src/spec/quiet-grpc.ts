import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { afterAll, beforeAll } from '@jest/globals';

/** For specs of failures: grpc-js also writes each of them to the console. */
export function quietGrpc(): void {
  beforeAll(() => setLogVerbosity(logVerbosity.NONE));
  afterAll(() => setLogVerbosity(logVerbosity.ERROR));
}
