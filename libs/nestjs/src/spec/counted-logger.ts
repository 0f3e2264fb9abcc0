import type { LoggerService } from '@nestjs/common';

type Level = 'log' | 'warn' | 'error';

/** Keeps what this package logs, and drops what Nest logs of itself. */
export class CountedLogger implements LoggerService {
  readonly lines: { readonly level: Level; readonly message: string }[] = [];

  log(message: string, context?: string): void {
    this.keep('log', message, context);
  }

  warn(message: string, context?: string): void {
    this.keep('warn', message, context);
  }

  error(message: string, ...rest: unknown[]): void {
    this.keep('error', message, rest.at(-1));
  }

  /** Empties it, too. */
  take(): string[] {
    return this.lines.splice(0).map(({ level, message }) => `${level}: ${message}`);
  }

  private keep(level: Level, message: string, context: unknown): void {
    if (context === 'Discovery' || context === 'DiscoverableServer') {
      this.lines.push({ level, message });
    }
  }
}
