/** A `meta.k8s.io/v1` Table, as far as it is printed. */
export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly namespace?: string } };
  }[];
}

/** kubectl's tab writer: three blanks between columns, and none narrower than six. */
const PADDING = 3;
const MIN_WIDTH = 6;

export interface PrintOptions {
  /** Also the columns with a priority above 0 (`-o wide`). */
  readonly wide: boolean;
  /** With the NAMESPACE column (`-A`). */
  readonly namespaces: boolean;
}

/** Prints a table of the API server as `kubectl get` does; ends without a line feed. */
export function printTable(table: Table, options: PrintOptions): string {
  const shown = table.columnDefinitions.flatMap((column, index) =>
    options.wide || column.priority === 0 ? [{ title: column.name.toUpperCase(), index }] : [],
  );
  if (table.rows.length === 0) return "No resources found";
  const lines = table.rows.map((row) => {
    const cells = shown.map(({ index }) => cellText(row.cells[index]));
    return options.namespaces ? [row.object?.metadata?.namespace ?? "", ...cells] : cells;
  });
  const titles = shown.map(({ title }) => title);
  return align([options.namespaces ? ["NAMESPACE", ...titles] : titles, ...lines]).join("\n");
}

/** Lines whose columns stand below each other; the last cell of a line is not padded. */
export function align(lines: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const line of lines) {
    line.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? MIN_WIDTH, length(cell) + PADDING);
    });
  }
  return lines.map((line) =>
    line
      .map((cell, index) => (index === line.length - 1 ? cell : cell + " ".repeat((widths[index] ?? 0) - length(cell))))
      .join(""),
  );
}

/** In code points, as Go counts. */
function length(text: string): number {
  return [...text].length;
}

/** kubectl shows only the first line of a cell, and no terminal escapes. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  const text = String(cell);
  const end = text.search(/[\f\n\r]/);
  return (end === -1 ? text : `${text.slice(0, end)}...`).replaceAll("\u001b", "^[");
}
