import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "@prometheus-io/client";
import { readMemoryLimits } from "./memory-limits.ts";

/** What is read when somebody scrapes, and costs nothing before. */
export interface Reading extends Named {
  /** The rows there are now: the values of the labels, in their order, and the number. */
  read(): Iterable<readonly [...string[], number]>;
}

/** Where things are counted; labels are positional, in the order in which they were named. */
export interface Count {
  add(...labels: string[]): void;
}

export interface Times {
  /** Seconds. */
  observe(seconds: number, ...labels: string[]): void;
}

interface Named {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Seconds, from the quickest look at an object to the deadline of a request. */
const BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The metrics of this process, with those of Node itself (`process_…`, `nodejs_…`, event loop delay among them). No label
 * may have one value a VM: a scrape must not grow with the estate.
 */
export class Metrics {
  readonly #registry = new Registry();

  /** @param node with the metrics of Node itself, which take a timer and an observer of garbage collections */
  constructor(node: boolean) {
    if (!node) return;
    collectDefaultMetrics({ register: this.#registry });
    readMemoryLimits(this);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The exposition. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A counter; series that are known beforehand begin at 0, so that an alert can use them. */
  counter({ name, help, labels }: Named, known: readonly (readonly string[])[] = []): Count {
    const counter = new Counter({ name, help, labelNames: labels, registers: [this.#registry] });
    for (const values of known) counter.labels(...values).inc(0);
    return { add: (...values) => counter.labels(...values).inc() };
  }

  /** Times, in buckets; series that are known beforehand begin with none. */
  histogram({ name, help, labels }: Named, known: readonly (readonly string[])[] = []): Times {
    const histogram = new Histogram({ name, help, labelNames: labels, buckets: BUCKETS, registers: [this.#registry] });
    for (const values of known)
      histogram.zero(Object.fromEntries(labels.map((label, at) => [label, values[at] ?? ""])));
    return { observe: (seconds, ...values) => histogram.labels(...values).observe(seconds) };
  }

  gauge({ name, help, labels, read }: Reading): void {
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const row of read()) {
          const values = row.slice(0, -1) as string[];
          this.labels(...values).set(Number(row.at(-1)));
        }
      },
    });
  }
}
