import { listed } from "./words.ts";

/** So many keys are shown as examples. */
export const SAMPLE = 5;

/** The first few, and how many more there are. */
export function sample(keys: readonly string[]): string {
  const rest = keys.length - SAMPLE;
  return rest > 0 ? `${keys.slice(0, SAMPLE).join(", ")} and ${rest} more` : listed(keys);
}

/** How often each namespace is in a list: the largest first, then by name. */
export function perNamespace(namespaces: readonly string[]): { namespace: string; vms: number }[] {
  return [...Map.groupBy(namespaces, (namespace) => namespace)]
    .map(([namespace, all]) => ({ namespace, vms: all.length }))
    .sort((a, b) => (a.vms === b.vms ? (a.namespace < b.namespace ? -1 : 1) : b.vms - a.vms));
}

/** So many namespaces are told one by one. */
const NAMESPACES = 10;

/** `by namespace: shop 3, lab 1`. */
export function namespacesText(rows: readonly { namespace: string; vms: number }[]): string {
  const rest = rows.length - NAMESPACES;
  const told = rows.slice(0, NAMESPACES).map(({ namespace, vms }) => `${namespace} ${vms}`);
  return `by namespace: ${told.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
