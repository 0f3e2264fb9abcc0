// The real balancer with its real pickers on subchannels that are always ready, with scripted random numbers and time.
import { connectivityState, experimental, Metadata } from '@grpc/grpc-js';
import { InstanceBalancer } from '../../libs/balancing/dist/balancer/instance-balancer.js';
import { InstanceBalancerConfig } from '../../libs/balancing/dist/resolver/channel-policy.js';

/** Pseudo-random numbers that are the same in each run. */
export function seeded(seed = 1) {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

export function instances(count, weightOf = () => 100) {
  return Array.from({ length: count }, (_, index) => ({
    id: `greeter-${index}`,
    service: 'greeter',
    address: `10.0.${index >> 8}.${index & 255}:50051`,
    version: '1.0.0',
    weight: weightOf(index),
    locality: { region: 'eu', zone: `eu-${index % 3}`, subZone: '' },
    metadata: {},
    startedAt: '',
  }));
}

export class ScriptedBalancer {
  picker = undefined;
  #balancer;
  #config;

  constructor(policy, { random = seeded(), now = () => performance.now() } = {}) {
    const nothing = () => undefined;
    this.#config = InstanceBalancerConfig.createFromJson({ policies: { '': policy } });
    this.#balancer = new InstanceBalancer(
      {
        createSubchannel: (address) =>
          readySubchannel(experimental.subchannelAddressToString(address)),
        updateState: (_, picker) => (this.picker = picker),
        requestReresolution: nothing,
        addChannelzChild: nothing,
        removeChannelzChild: nothing,
      },
      { random, clock: { now } },
    );
  }

  list(instances) {
    const endpoints = instances.map((instance) => {
      const { host, port } = experimental.splitHostPort(instance.address);
      return { addresses: [{ host, port }], instance };
    });
    const list = experimental.statusOrFromValue(endpoints);
    this.#balancer.updateAddressList(list, this.#config, {}, '');
  }

  pick(metadata = new Metadata()) {
    return this.picker.pick({ metadata, extraPickInfo: {} });
  }

  close() {
    this.#balancer.destroy();
  }
}

export function readySubchannel(address) {
  const nothing = () => undefined;
  const subchannel = {
    getConnectivityState: () => connectivityState.READY,
    isHealthy: () => true,
    getAddress: () => address,
    getChannelzRef: () => ({ kind: 'subchannel', id: 0, name: address }),
    realSubchannelEquals: (other) => other === subchannel,
    startConnecting: nothing,
    ref: nothing,
    unref: nothing,
    addConnectivityStateListener: nothing,
    removeConnectivityStateListener: nothing,
    addHealthStateWatcher: nothing,
    removeHealthStateWatcher: nothing,
  };
  return subchannel;
}
