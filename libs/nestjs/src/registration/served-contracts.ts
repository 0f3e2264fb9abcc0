import { Injectable, Logger } from '@nestjs/common';
import { uncalledHandlers, unhandledRpcs, type HandledService } from './contract-handlers.js';
import { RpcTargets } from './rpc-targets.js';

/** Takes what one server handles, when it has loaded its contract; patterns are those of all handlers that Nest has given it. */
export type ContractListener = (
  contract: readonly HandledService[],
  patterns: Iterable<string>,
) => void;

/** What the gRPC servers of an application handle, individually and together: Nest does not report an rpc without a handler. */
@Injectable()
export class ServedContracts {
  private readonly logger = new Logger('Discovery');
  /** By server; undefined until it is known. */
  private readonly contracts: (readonly HandledService[] | undefined)[] = [];

  constructor(private readonly targets: RpcTargets) {}

  /** Announces a server, as an rpc that it lacks may be another one's. */
  expect(): ContractListener {
    const index = this.contracts.push(undefined) - 1;
    return (contract, patterns) => {
      this.contracts[index] = contract;
      this.warn(unhandledRpcs(contract));
      // The last one has the whole contract.
      if (this.contracts.includes(undefined)) return;
      const whole = this.contracts.flatMap((each) => each ?? []);
      const isWhole = this.targets.grpcServers <= this.contracts.length;
      this.warn(uncalledHandlers(patterns, whole, isWhole));
    };
  }

  private warn(message: string | undefined): void {
    if (message !== undefined) this.logger.warn(message);
  }
}
