/** `10,000` */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 module`, `10,000 modules` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** The first names of a list, and how many more there are. */
export function few(names: readonly string[], limit = 3): string {
  const rest = names.length - limit;
  return rest > 0 ? `${names.slice(0, limit).join(", ")} and ${number(rest)} more` : names.join(", ");
}

/** A message of the resolver, which may be two, within a sentence: `The agent is not installed` with a small letter. */
export function inSentence(message: string): string {
  return message.replace(/(?:^|(?<=; ))(?:The|In|Host|Appliances?|Affinities|No|Version) /g, (word) =>
    word.toLowerCase(),
  );
}
