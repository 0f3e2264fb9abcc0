// Picks per second of this package's picker against grpc-js's round_robin, on subchannels that are always ready.
import { connectivityState, experimental, Metadata } from '@grpc/grpc-js';
import { installBalancing } from '@grpc-discovery/balancing';

const policies = {
  ours: { 'grpc_discovery.weighted_round_robin': {} },
  round_robin: { round_robin: {} },
};

/** @param {number} endpoints */
export function measurePicks(endpoints) {
  const results = { ours: 0, round_robin: 0 };
  for (let turn = 0; turn < 3; turn++) {
    for (const [name, config] of Object.entries(policies)) {
      const picker = pickerOf(experimental.parseLoadBalancingConfig(config), endpoints);
      results[name] = Math.max(results[name], picksPerSecond(picker));
    }
  }
  return results;
}

function picksPerSecond(picker) {
  const args = { metadata: new Metadata(), extraPickInfo: {} };
  const start = performance.now();
  let picks = 0;
  while (performance.now() - start < 300) {
    for (let i = 0; i < 1000; i++) picker.pick(args);
    picks += 1000;
  }
  return (picks / (performance.now() - start)) * 1000;
}

function pickerOf(config, endpoints) {
  let picker;
  const policy = new experimental.ChildLoadBalancerHandler({
    createSubchannel: (address) => readySubchannel(experimental.subchannelAddressToString(address)),
    updateState: (_, latest) => (picker = latest),
    requestReresolution: () => undefined,
    addChannelzChild: () => undefined,
    removeChannelzChild: () => undefined,
  });
  const list = Array.from({ length: endpoints }, (_, index) => ({
    addresses: [{ host: '127.0.0.1', port: index + 1 }],
    // Weights as operators give them: three sizes of machines.
    instance: { address: `127.0.0.1:${index + 1}`, weight: 100 * (1 + (index % 3)) },
  }));
  policy.updateAddressList(experimental.statusOrFromValue(list), config, {}, '');
  return picker;
}

function readySubchannel(address) {
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

installBalancing();
