/** `5,000`. */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 VM`, `5,000 VMs`. */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** The first names of a list, and how many more there are. */
export function few(names: readonly string[], limit = 3): string {
  const rest = names.length - limit;
  return rest > 0 ? `${names.slice(0, limit).join(", ")} and ${number(rest)} more` : names.join(", ");
}

/** VMs by name where they are few, with their number where they are not. */
export function vmsText(keys: readonly string[]): string {
  return keys.length <= 3 ? keys.join(", ") : `${count(keys.length, "VM")}: ${few(keys, 2)}`;
}

/** A reason of the resolver, which may be two, inside a sentence. */
export function inSentence(reason: string): string {
  return reason.replaceAll(/(?<=^|; )[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Texts, the commonest first and then in order; behind the third only how many there are. */
export function commonest(counts: ReadonlyMap<string, number>, show: (text: string, times: number) => string): string {
  const sorted = [...counts].sort(([a, m], [b, n]) => (m === n ? (a < b ? -1 : 1) : n - m));
  return few(sorted.map(([text, times]) => show(text, times)));
}
