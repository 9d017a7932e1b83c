import { type Exposition, parseExposition } from "../observe/exposition.ts";
import type { RuleTest } from "../tools-monitoring/tools.ts";

/** A process that is scraped, and what Prometheus adds to its series. */
export interface Target {
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What some processes said of themselves, again and again. As Prometheus it adds `up` and the labels of the target; the
 * time between two scrapes is called a minute.
 */
export class Scrapes {
  readonly #values = new Map<string, string[]>();
  #count = 0;

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** Scrapes all; throws if one does not answer. */
  async take(targets: readonly Target[]): Promise<Exposition[]> {
    const all = await Promise.all(targets.map(scrape));
    for (const [index, { samples }] of all.entries()) {
      const { labels } = targets[index] ?? { labels: {} };
      this.#put("up", labels, 1);
      for (const { name, value, ...sample } of samples)
        this.#put(name, { ...Object.fromEntries(sample.labels), ...labels }, value);
    }
    this.#count += 1;
    return all;
  }

  /** Their series, with the last value for some minutes more. */
  series(minutesMore = 0): RuleTest["input_series"] {
    return [...this.#values].map(([series, values]) => ({
      series,
      values: [...values, ...(minutesMore > 0 ? [`${values.at(-1)}x${minutesMore - 1}`] : [])].join(" "),
    }));
  }

  #put(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    const inside = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    const key = `${name}{${inside.join(", ")}}`;
    const values = this.#values.get(key) ?? [];
    while (values.length < this.#count) values.push("_");
    // promtool cannot repeat NaN: how late an event loop was that nobody watched yet.
    values.push(Number.isNaN(value) ? "_" : String(value));
    this.#values.set(key, values);
  }
}

async function scrape({ port }: Target): Promise<Exposition> {
  let answer: Response;
  try {
    answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  } catch (cause) {
    // fetch says TypeError, which `until` takes for a mistake in the test.
    throw new Error(`nobody serves /metrics on port ${port}`, { cause });
  }
  if (answer.status !== 200) throw new Error(`/metrics: ${answer.status}`);
  return parseExposition(await answer.text());
}
