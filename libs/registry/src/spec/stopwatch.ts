/** Milliseconds since it was made. With MEASURE set, they are printed too. */
export function stopwatch(): (what: string) => number {
  const start = performance.now();
  return (what) => {
    const elapsedMs = Math.round(performance.now() - start);
    if (process.env.MEASURE) process.stderr.write(`measured: ${what}: ${elapsedMs} ms\n`);
    return elapsedMs;
  };
}
