export type Cell = string | number;

/** Prints rows under a header: the first column to the left, figures to the right with three digits that count. */
export function printTable(header: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const lines = [header, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell)))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines)
    console.log(
      line
        .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
        .join('  '),
    );
}

/** `1.00x`: how often one figure fits into another. */
export function ratio(of: number, to: number): string {
  return `${(of / to).toFixed(2)}x`;
}

function figure(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}
