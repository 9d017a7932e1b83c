const PADDING = 3;
const MIN_WIDTH = 6;

/** Columns as wide as their widest cell and three blanks; nothing follows the last cell of a line. */
export function* layOut(lines: readonly string[][]): Generator<string> {
  const widths: number[] = [];
  for (const line of lines) {
    line.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? MIN_WIDTH, cell.length + PADDING);
    });
  }
  for (const line of lines) {
    const padded = line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)));
    yield `${padded.join("")}\n`;
  }
}
