import type { RegistryLogger } from '../registry.js';

/** A logger that remembers. */
export class RecordedLogger implements RegistryLogger {
  readonly lines: string[] = [];

  info(message: string): void {
    this.lines.push(`info ${message}`);
  }

  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }

  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
}
