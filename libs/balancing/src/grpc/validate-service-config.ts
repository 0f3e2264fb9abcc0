import { Channel, credentials } from '@grpc/grpc-js';

/**
 * Checks a service config by grpc-js's own rules, which it exports in no other way: a channel checks the config of its
 * options when it is made. This one is never used, so that it neither resolves nor connects.
 * @throws Error that says what is wrong.
 */
export function validateServiceConfig(json: string): void {
  new Channel('ipv4:127.0.0.1:1', credentials.createInsecure(), {
    'grpc.service_config': json,
    'grpc.enable_channelz': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
  }).close();
}
