import type { Resources } from './resources.js';

export interface Result {
  readonly minutes: number;
  readonly seed: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly calls: number;
  readonly killed: number;
  readonly hung: number;
  readonly checks: number;
  readonly before: Resources;
  readonly after: Resources;
  readonly violations: readonly string[];
}

/** As a table of Markdown. */
export function report(result: Result): string {
  const { before, after, violations } = result;
  const change = (of: (resources: Resources) => number) =>
    `${of(before).toFixed(0)} → ${of(after).toFixed(0)}`;
  const rows: [string, string | number][] = [
    ['minutes', result.minutes],
    ['seed', result.seed],
    ...[...result.faults].sort().map(([name, count]): [string, number] => [name, count]),
    ['calls', result.calls],
    ['failed on their way to a killed instance', result.killed],
    ['failed on a hung instance, within its bound', result.hung],
    ['other failed calls and broken promises', violations.length],
    ['checks of every list', result.checks],
    ['sockets', change((it) => it.sockets)],
    ['connections to etcd', change((it) => it.etcdConnections)],
    ['timers', change((it) => it.timers)],
    ['heap, MiB', change((it) => it.heapMiB)],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value} |`);
  return ['| what | how many |', '| --- | --- |', ...table].join('\n');
}
