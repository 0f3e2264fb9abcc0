import { channel } from 'node:diagnostics_channel';
import { attemptOf } from '../grpc/call-values.js';
import type { PickArgs } from '../grpc/experimental.js';
import type { BalancedEndpoint, PassedOverReason } from '../policies/policy.js';
import { METHOD_PICK_INFORMATION } from '../resolver/channel-policy.js';

/** Check `hasSubscribers` before {@link publishPick}: without subscribers a pick costs only that check. */
export const pickChannel = channel('grpc-discovery:pick');

/** The message that the channel `grpc-discovery:pick` of `node:diagnostics_channel` publishes for each pick of an instance. */
export interface PickMessage {
  readonly service: string;
  /** Path of the rpc, such as `/helloworld.Greeter/SayHello`. */
  readonly method: string;
  /** Names of the policy and its child policies, outermost first. */
  readonly policy: string;
  /** Id of the instance. */
  readonly instance: string;
  readonly address: string;
  /** 1 for the first attempt of a call, 2 for its first retry or hedge. */
  readonly attempt: number;
  /** Number of instances that the pick passed over, by reason. Counted when read: read it synchronously. */
  readonly passedOver: Readonly<Record<PassedOverReason, number>>;
}

/** The policy that made a pick. */
interface PickSource {
  readonly name: string;
  countPassedOver(): Readonly<Record<PassedOverReason, number>>;
}

export function publishPick(
  source: PickSource,
  call: PickArgs,
  { instance }: BalancedEndpoint,
): void {
  const message: PickMessage = {
    service: instance.service,
    method: call.extraPickInfo[METHOD_PICK_INFORMATION] ?? '',
    policy: source.name,
    instance: instance.id,
    address: instance.address,
    attempt: attemptOf(call),
    get passedOver() {
      return source.countPassedOver();
    },
  };
  pickChannel.publish(message);
}
