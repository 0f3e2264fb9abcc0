// How few keys consistent_hash moves when one of 100 instances goes, and how evenly it spreads load: the real pickers on
// subchannels that are always ready. Beside it the textbook way, hash modulo number of instances.
import { createHash } from 'node:crypto';
import { Metadata, status } from '@grpc/grpc-js';
import { consistentHash, withHashKey } from '@grpc-discovery/balancing';
import { table } from '../figures.js';
import { instances, ScriptedBalancer } from './scripted-balancer.js';

const KEYS = Array.from({ length: 100_000 }, (_, i) => `user-${i}`);
const METADATA = KEYS.map((key) => withHashKey(new Metadata(), key));
const LIST = instances(100);
const REMOVED = 37;

const rest = LIST.filter((_, index) => index !== REMOVED);
const before = owners(LIST);
const after = owners(rest);
const hashes = KEYS.map((key) => createHash('md5').update(key).digest().readUInt32LE());
const moduloBefore = hashes.map((hash) => LIST[hash % LIST.length].address);
const moduloAfter = hashes.map((hash) => rest[hash % rest.length].address);

table(
  ['one of 100 instances removed', 'keys of its own', 'keys moved beyond these'],
  [
    ['consistent_hash', ...moved(before, after)],
    ['hash modulo instances', ...moved(moduloBefore, moduloAfter)],
  ],
);
console.log();
table(
  ['10,000 calls in flight of as many keys, 100 instances', 'max by mean'],
  [
    ['consistent_hash', spread({})],
    ['consistent_hash, tableSize 1,048,576', spread({ tableSize: 1_048_576 })],
    ['consistent_hash, boundedLoad 1.25', spread({ boundedLoad: 1.25 })],
    ['consistent_hash, boundedLoad 1.1', spread({ boundedLoad: 1.1 })],
  ],
);

function owners(list) {
  const balancer = new ScriptedBalancer(consistentHash());
  balancer.list(list);
  const addresses = METADATA.map((metadata) => balancer.pick(metadata).subchannel.getAddress());
  balancer.close();
  return addresses;
}

function moved(one, other) {
  const own = one.filter((address) => address === LIST[REMOVED].address).length;
  const all = one.filter((address, i) => address !== other[i]).length;
  const percent = (count) => `${((100 * count) / KEYS.length).toFixed(2)} %`;
  return [percent(own), percent(all - own)];
}

/** Calls come and go, each of another key, with 10,000 in flight. */
function spread(options) {
  const balancer = new ScriptedBalancer(consistentHash(options));
  balancer.list(LIST);
  const counts = new Map();
  const open = [];
  let worst = 0;
  METADATA.slice(0, 50_000).forEach((metadata, i) => {
    if (open.length === 10_000) {
      const { address, onCallEnded } = open.shift();
      onCallEnded?.(status.OK, '', new Metadata());
      counts.set(address, counts.get(address) - 1);
    }
    const { subchannel, onCallStarted, onCallEnded } = balancer.pick(metadata);
    onCallStarted?.();
    const address = subchannel.getAddress();
    counts.set(address, (counts.get(address) ?? 0) + 1);
    open.push({ address, onCallEnded });
    if (i >= 10_000 && i % 1_000 === 0) {
      worst = Math.max(worst, Math.max(...counts.values()) / (open.length / LIST.length));
    }
  });
  balancer.close();
  return worst.toFixed(3);
}
