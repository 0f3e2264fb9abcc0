const REFRESH_MS = 200;

/** Calls per instance, redrawn in place on a terminal; silent where output is no terminal. */
export class LiveTable {
  private readonly timer: NodeJS.Timeout | undefined;
  private drawn = false;
  private last = new Map<string, number>();

  constructor(
    /** What stands before the calls. */
    private readonly heading: () => string,
    private readonly totals: () => ReadonlyMap<string, number>,
    private readonly output: NodeJS.WriteStream = process.stdout,
  ) {
    if (output.isTTY) this.timer = setInterval(() => this.draw(), REFRESH_MS);
  }

  /** Writes a line above the table. */
  log(line: string): void {
    this.erase();
    this.output.write(`${line}\n`);
  }

  stop(): void {
    clearInterval(this.timer);
    this.erase();
  }

  private draw(): void {
    this.erase();
    const rows = [...this.totals()].sort(([a], [b]) => a.localeCompare(b));
    const cells = rows.map(([instance, total]) => {
      const rate = Math.round(((total - (this.last.get(instance) ?? 0)) * 1_000) / REFRESH_MS);
      return `${instance} ${String(total).padStart(6)} ${String(rate).padStart(4)}/s`;
    });
    this.last = new Map(rows);
    // A line that wraps could not be erased.
    const line = [this.heading(), ...cells].join('  |  ').slice(0, this.output.columns - 1);
    this.output.write(line);
    this.drawn = true;
  }

  private erase(): void {
    if (!this.drawn) return;
    this.output.write('\r\u001b[2K');
    this.drawn = false;
  }
}
