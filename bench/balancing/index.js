// node bench/balancing/index.js, on the built packages. Figures of one run are to be compared with each other only.
import { measurePicks } from './picks.js';
import { measureReplacements } from './replace.js';

console.log('picks per second (millions)');
for (const endpoints of [10, 100, 1000]) {
  const { ours, round_robin } = measurePicks(endpoints);
  const ns = (1e9 / ours).toFixed(0);
  console.log(
    `  ${endpoints} endpoints: ours ${millions(ours)} (${ns} ns a pick), round_robin ${millions(round_robin)}`,
  );
}

console.log('one endpoint of many replaced: CPU, longest block of the event loop');
for (const endpoints of [10, 100, 1000]) {
  const { ours, round_robin } = await measureReplacements(endpoints);
  const times = (round_robin.cpuMs / ours.cpuMs).toFixed(1);
  console.log(
    `  ${endpoints} endpoints: ours ${cost(ours)}, round_robin ${cost(round_robin)}: ${times} times`,
  );
}

function millions(number) {
  return (number / 1e6).toFixed(1);
}

function cost({ cpuMs, blockMs }) {
  return `${cpuMs.toFixed(2)} ms / ${blockMs.toFixed(0)} ms`;
}
