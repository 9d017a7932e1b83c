/** A series as it stands in an exposition. */
interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  /** Of each family its type. */
  readonly types: ReadonlyMap<string, string>;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]Inf|nan)$/i;
const TYPES = ["counter", "gauge", "histogram", "summary", "untyped"];
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

/**
 * Reads the text format of Prometheus (version 0.0.4) and takes nothing that is not in its definition: every sample follows
 * the HELP and TYPE of its family, no series is there twice, names and numbers are whole, and values of labels end where
 * they should. Throws an Error with the line.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    const refuse = (why: string): never => {
      throw new Error(`${why}: ${JSON.stringify(line.slice(0, 200))}`);
    };
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line) ?? [];
    if (keyword === "HELP") {
      if (helped.has(name)) refuse("a second HELP");
      helped.add(name);
      family = name;
      continue;
    }
    if (keyword === "TYPE") {
      if (types.has(name) || name !== family || !TYPES.includes(rest)) refuse("no TYPE for this family");
      types.set(name, rest);
      continue;
    }
    const sample = parseSample(line) ?? refuse("no sample");
    const suffixes = SUFFIXES[types.get(family) ?? ""] ?? [""];
    if (!suffixes.some((suffix) => sample.name === family + suffix)) refuse("a sample outside of its family");
    const id = JSON.stringify([sample.name, [...sample.labels].toSorted()]);
    if (seen.has(id)) refuse("a series twice");
    seen.add(id);
    samples.push(sample);
  }
  return { samples, types };
}

function parseSample(line: string): Sample | undefined {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  let rest = line.slice(name.length);
  const labels = new Map<string, string>();
  if (rest.startsWith("{")) {
    rest = rest.slice(1);
    while (!rest.startsWith("}")) {
      const [whole = "", label = "", value = ""] = LABEL.exec(rest) ?? [];
      if (whole === "" || labels.has(label)) return undefined;
      labels.set(label, unescaped(value));
      rest = rest.slice(whole.length);
      if (rest.startsWith(",")) rest = rest.slice(1);
      else if (!rest.startsWith("}")) return undefined;
    }
    rest = rest.slice(1);
  }
  const [, number = ""] = /^ (\S+)$/.exec(rest) ?? [];
  if (!NUMBER.test(number)) return undefined;
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

function unescaped(value: string): string {
  return value.replace(/\\([\\"n])/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
}

/** The value of the one series of that name with these labels; undefined if there is none. */
export function numberOf(
  { samples }: Exposition,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  return samples.find(
    (sample) =>
      sample.name === name &&
      sample.labels.size === wanted.length &&
      wanted.every(([label, value]) => sample.labels.get(label) === value),
  )?.value;
}
