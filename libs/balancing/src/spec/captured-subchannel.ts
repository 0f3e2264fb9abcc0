import { Channel, credentials } from '@grpc/grpc-js';
import {
  registerLoadBalancerType,
  splitHostPort,
  type ChannelControlHelper,
  type SubchannelInterface,
  type TypedLoadBalancingConfig,
} from '../grpc/experimental.js';

const POLICY = 'spec_captured_subchannel';
const made: SubchannelInterface[] = [];

class CapturingPolicy {
  constructor(private readonly channel: ChannelControlHelper) {}

  updateAddressList(endpoints: {
    ok: boolean;
    value?: { addresses: { host: string; port: number }[] }[];
  }) {
    const [address] = endpoints.value?.[0]?.addresses ?? [];
    if (!address) return false;
    const subchannel = this.channel.createSubchannel(address, {});
    subchannel.ref();
    subchannel.startConnecting();
    made.push(subchannel);
    return true;
  }
  exitIdle() {
    return;
  }
  resetBackoff() {
    return;
  }
  destroy() {
    return;
  }
  getTypeName() {
    return POLICY;
  }
}

class CapturingConfig implements TypedLoadBalancingConfig {
  static createFromJson(): CapturingConfig {
    return new CapturingConfig();
  }
  getLoadBalancerName() {
    return POLICY;
  }
  toJsonObject() {
    return { [POLICY]: {} };
  }
}

/** A real subchannel of grpc-js, which connects to the address, and the channel that it belongs to. */
export function capturedSubchannel(address: string) {
  registerLoadBalancerType(POLICY, CapturingPolicy as never, CapturingConfig);
  const before = made.length;
  const { host, port } = splitHostPort(address) ?? { host: '', port: 0 };
  const channel = new Channel(`ipv4:${host}:${port}`, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [POLICY]: {} }] }),
    'grpc.use_local_subchannel_pool': 1,
  });
  channel.getConnectivityState(true);
  return { channel, subchannel: () => made[before] };
}
