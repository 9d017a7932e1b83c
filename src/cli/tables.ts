import type { Column, KindName } from "../api/crd.ts";
import { crds } from "../api/generated/schemas.ts";
import { printable } from "../api/manifest/index.ts";
import type { TandemObject } from "../api/validate/index.ts";
import { age } from "./age.ts";
import { compileJsonPath } from "./json-path.ts";

export interface TableOptions {
  /** Also the columns of a priority above 0. */
  readonly wide: boolean;
  /** Milliseconds since 1970, for ages. */
  readonly now: number;
}

const ORDER: readonly KindName[] = ["ProtectedVM", "AffinityPolicy", "Appliance"];

/** The lines of one table a kind, each as `kubectl get` prints it: the CRD's columns, rows by namespace and name. */
export function* tables(objects: readonly TandemObject[], options: TableOptions): Generator<string> {
  let separator = "";
  for (const kind of ORDER) {
    const own = objects.filter((tandem) => tandem.kind === kind);
    if (own.length === 0) continue;
    yield separator;
    yield* layOut(rows(kind, own, options));
    separator = "\n";
  }
}

function rows(kind: KindName, objects: readonly TandemObject[], { wide, now }: TableOptions): string[][] {
  const { resource, columns } = crds[kind];
  const shown = columns.filter(({ priority }) => wide || priority === 0);
  const cells = shown.map((column) => cellOf(column, now));
  const namespaceOf = ({ object }: TandemObject) => (resource.namespaced ? [object.metadata.namespace ?? ""] : []);
  const header = [
    ...(resource.namespaced ? ["NAMESPACE"] : []),
    "NAME",
    ...shown.map(({ name }) => name.toUpperCase()),
  ];
  const body = objects.map((tandem) => {
    const { object } = tandem;
    return [...namespaceOf(tandem), object.metadata.name, ...cells.map((cell) => cell(object))];
  });
  const [first, second] = resource.namespaced ? [0, 1] : [0, 0];
  body.sort((a, b) => compare(a[first], b[first]) || compare(a[second], b[second]));
  return [header, ...body];
}

function compare(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function cellOf({ type, jsonPath }: Column, now: number): (object: unknown) => string {
  const find = compileJsonPath(jsonPath);
  return (object) => {
    const value = find(object);
    if (type === "date") return typeof value === "string" ? age(now - Date.parse(value)) : "<unknown>";
    if (value === undefined || value === null) return "";
    return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
  };
}

const PADDING = 3;
const MIN_WIDTH = 6;

/** Columns as wide as their widest cell and three blanks; nothing follows the last cell of a line. */
function* layOut(lines: readonly string[][]): Generator<string> {
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
