import { few, plural } from "../output/words.ts";

/** VMs by name where they are few, with their number where they are not. */
export function vmsText(keys: readonly string[]): string {
  return keys.length <= 3 ? keys.join(", ") : `${plural(keys.length, "VM")}: ${few(keys, 2)}`;
}

/** Texts, the commonest first and then in order; behind the third only how many there are. */
export function commonest(counts: ReadonlyMap<string, number>, show: (text: string, times: number) => string): string {
  const sorted = [...counts].sort(([a, m], [b, n]) => (m === n ? (a < b ? -1 : 1) : n - m));
  return few(sorted.map(([text, times]) => show(text, times)));
}
