/** Values by series of a scrape in Prometheus' text format, with labels in the order in which they stand there. */
export function series(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** Those series of a metric that have all these labels, as text. */
export function seriesOf(text: string, metric: string, ...labels: string[]): string[] {
  return [...series(text)]
    .filter(([name]) => name.startsWith(`${metric}{`) && labels.every((it) => name.includes(it)))
    .map(([name, value]) => `${name} ${value}`);
}
