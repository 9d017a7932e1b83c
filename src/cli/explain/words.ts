import { plural } from "../output/words.ts";

/** `a, b and c`; `none` of an empty list. */
export function listed(names: readonly string[], none = "none"): string {
  const last = names.at(-1);
  if (last === undefined) return none;
  return names.length === 1 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** `1 VM`, `2 VMs`, `no VM`. */
export function counted(count: number, one: string): string {
  return count === 0 ? `no ${one}` : plural(count, one);
}

export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** A label's value; an empty one would not be seen. */
export function shown(value: string): string {
  return value === "" ? '""' : value;
}

/** Labels as `kubectl get -l` would ask for them, in order of their keys. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(inOrder(labels)).map(([key, value]) => `${key}=${shown(value)}`);
  return pairs.length === 0 ? "none" : pairs.join(", ");
}

/** The same labels in order of their keys. */
export function inOrder(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The answer to a question, within a sentence. */
export function small(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
