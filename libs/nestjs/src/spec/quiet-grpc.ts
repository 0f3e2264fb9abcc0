import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { afterAll, beforeAll } from '@jest/globals';

/** For specs of failures: grpc-js tells the console of each, beside its error. */
export function quietGrpc(): void {
  beforeAll(() => setLogVerbosity(logVerbosity.NONE));
  afterAll(() => setLogVerbosity(logVerbosity.ERROR));
}
