import { channel } from 'node:diagnostics_channel';
import { attemptOf } from '../calls/attempt-of.js';
import type { PassedOverReason } from '../channel/passed-over.js';
import type { PickArgs } from '../grpc/experimental.js';
import { METHOD_PICK_INFORMATION } from './instance-balancer-config.js';
import type { EndpointChild } from './endpoint-child.js';

/** Of `node:diagnostics_channel`. Whoever publishes looks at `hasSubscribers` first: without one a pick costs that look. */
export const pickChannel = channel('grpc-discovery:pick');

/** What the channel `grpc-discovery:pick` of `node:diagnostics_channel` tells of each pick of an instance. */
export interface PickMessage {
  readonly service: string;
  /** Path of the rpc, such as `/helloworld.Greeter/SayHello`. */
  readonly method: string;
  /** Names of the policy and of those within it, outermost first. */
  readonly policy: string;
  /** The instance's id. */
  readonly instance: string;
  readonly address: string;
  /** 1 for the first attempt of a call, 2 for its first retry or hedge. */
  readonly attempt: number;
  /** How many instances the pick passed over, by reason: counted when it is read, which a subscriber does at once. */
  readonly passedOver: Readonly<Record<PassedOverReason, number>>;
}

/** What a message is made of that is not the call's. */
export interface PickSource {
  readonly name: string;
  countPassedOver(): Readonly<Record<PassedOverReason, number>>;
}

export function publishPick(source: PickSource, call: PickArgs, { instance }: EndpointChild): void {
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
