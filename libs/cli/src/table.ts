import { stripVTControlCharacters } from 'node:util';

/** Lines of a table with columns as wide as their widest cell; painted cells count without their colours. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  const shown = rows.map((row) => row.map((cell) => cell.replaceAll('\n', '\\n')));
  for (const row of shown) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, width(cell))));
  }
  return shown.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
