import type { Output } from '../output.js';

/** An output that remembers. */
export class RecordedOutput implements Output {
  readonly lines: string[] = [];
  readonly notes: string[] = [];

  constructor(
    readonly isTerminal = false,
    readonly hasColours = false,
  ) {}

  line(text = ''): void {
    this.lines.push(text);
  }

  /** How often the terminal was wiped. */
  cleared = 0;

  clear(): void {
    if (this.isTerminal) this.cleared++;
  }

  note(text: string): void {
    this.notes.push(text);
  }

  get text(): string {
    return this.lines.join('\n');
  }

  get json(): unknown {
    return JSON.parse(this.text) as unknown;
  }
}
