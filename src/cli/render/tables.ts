import type { Column, KindName } from "../../api/crd.ts";
import { crds } from "../../api/generated/schemas.ts";
import { printable } from "../../api/manifest/index.ts";
import { keyOf } from "../../api/object.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { layOut } from "../output/columns.ts";
import { age } from "./age.ts";
import { compileJsonPath } from "./json-path.ts";

export interface TableOptions {
  /** Also the columns of a priority above 0. */
  readonly wide: boolean;
  /** Milliseconds since 1970, for ages. */
  readonly now: number;
}

const ORDER: readonly KindName[] = ["ProtectedVM", "AffinityPolicy", "Appliance"];

/** The lines of one table a kind, each as `kubectl get` prints it: the CRD's columns, rows in the order of their keys. */
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
  // In the order of keys in etcd, as the server lists them: shop-b/vm comes before shop/vm.
  const sorted = objects.toSorted((a, b) => (keyOf(a.object) < keyOf(b.object) ? -1 : 1));
  const body = sorted.map((tandem) => {
    const { object } = tandem;
    return [...namespaceOf(tandem), object.metadata.name, ...cells.map((cell) => cell(object))];
  });
  return [header, ...body];
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
