import fc from "fast-check";
import { expect, test } from "vitest";
import { Metrics } from "../../src/observe/metrics.ts";
import { numberOf, parseExposition } from "./exposition.ts";

test.each([
  ["a value that does not end its line", '# HELP a b\n# TYPE a gauge\na{x="1\n2"} 1\n'],
  ["a quote in a value", '# HELP a b\n# TYPE a gauge\na{x="1"2"} 1\n'],
  ["an escape that there is not", '# HELP a b\n# TYPE a gauge\na{x="\\t"} 1\n'],
  ["no number", "# HELP a b\n# TYPE a gauge\na 1x\n"],
  ["a series twice", '# HELP a b\n# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 1\n'],
  ["another family's sample", "# HELP a b\n# TYPE a gauge\nb 1\n"],
  ["no type", "a 1\n"],
  ["no end", "# HELP a b\n# TYPE a gauge\na 1"],
])("the test's own reader refuses %s", (_, text) => {
  expect(() => parseExposition(text)).toThrow();
});

const HOSTILE = [
  "\r\n",
  '"} 1\ntandem_vms{mode="x"} 7',
  "\u001b[2J\u001b[31mred",
  "\\",
  '\\"',
  "\\n",
  "\u2028\u2029\u202e",
  "\0",
  "__proto__",
  "constructor",
  "",
  " ",
  "# HELP x y\n# TYPE x counter\nx 1",
  "😀",
];
const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary" }));

test("whatever stands in a label, the exposition has that series and its number, and no other line (B40)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(hostile, { maxLength: 8 }), async (values) => {
      const metrics = new Metrics(false);
      const counter = metrics.counter({ name: "c_total", help: "h", labels: ["x"] });
      const times = metrics.histogram({ name: "h_seconds", help: "h", labels: ["x"] });
      const read = () => values.map((value, index): [string, string, number] => [value, "y", index]);
      metrics.gauge({ name: "g", help: "h", labels: ["x", "y"], read });
      for (const value of values) {
        counter.add(value);
        times.observe(0.002, value);
      }
      const exposition = parseExposition(await metrics.text());
      for (const [index, x] of values.entries()) {
        expect(numberOf(exposition, "c_total", { x })).toBe(1);
        expect(numberOf(exposition, "h_seconds_count", { x })).toBe(1);
        expect(numberOf(exposition, "g", { x, y: "y" })).toBe(index);
      }
      expect(exposition.samples.filter(({ name }) => name === "c_total" || name === "g")).toHaveLength(
        2 * values.length,
      );
    }),
    { examples: [[HOSTILE]] },
  );
});

test("a value of 1 MiB is one line", async () => {
  const metrics = new Metrics(false);
  const x = '"\n\\\r'.repeat(2 ** 18);
  metrics.counter({ name: "c_total", help: "h", labels: ["x"] }).add(x);
  expect(numberOf(parseExposition(await metrics.text()), "c_total", { x })).toBe(1);
});

test("a counter begins at 0 where its series are known beforehand", async () => {
  const metrics = new Metrics(false);
  const counter = metrics.counter({ name: "c_total", help: "h", labels: ["a", "b"] }, [
    ["x", "1"],
    ["y", "2"],
  ]);
  const value = async (a: string, b: string) => numberOf(parseExposition(await metrics.text()), "c_total", { a, b });
  expect(await value("x", "1")).toBe(0);
  expect(await value("y", "2")).toBe(0);
  counter.add("y", "2");
  counter.add("y", "2");
  expect(await value("x", "1")).toBe(0);
  expect(await value("y", "2")).toBe(2);
});

test("a gauge is read when it is scraped and not before, and what is gone is not told any more", async () => {
  const metrics = new Metrics(false);
  const rows: [string, number][] = [];
  let reads = 0;
  const read = () => {
    reads += 1;
    return rows;
  };
  metrics.gauge({ name: "g", help: "h", labels: ["x"], read });
  rows.push(["a", 1], ["b", -2.5]);
  expect(reads).toBe(0);
  const first = parseExposition(await metrics.text());
  expect([numberOf(first, "g", { x: "a" }), numberOf(first, "g", { x: "b" })]).toEqual([1, -2.5]);
  rows.splice(0, 1);
  const second = parseExposition(await metrics.text());
  expect([numberOf(second, "g", { x: "a" }), numberOf(second, "g", { x: "b" })]).toEqual([undefined, -2.5]);
  expect(reads).toBe(2);
});

test("a time is in every bucket that it is not above", async () => {
  const metrics = new Metrics(false);
  const times = metrics.histogram({ name: "h_seconds", help: "h", labels: ["x"] });
  for (const seconds of [0.00005, 0.005, 0.2, 31]) times.observe(seconds, "a");
  const exposition = parseExposition(await metrics.text());
  const bucket = (le: string) => numberOf(exposition, "h_seconds_bucket", { x: "a", le });
  expect(["0.0001", "0.001", "0.005", "0.25", "30", "+Inf"].map(bucket)).toEqual([1, 1, 2, 3, 3, 4]);
  expect(numberOf(exposition, "h_seconds_sum", { x: "a" })).toBeCloseTo(31.20505);
});

test("the metrics of Node itself are there if they are wanted, the delay of the event loop among them", async () => {
  const { samples } = parseExposition(await new Metrics(true).text());
  const names = new Set(samples.map(({ name }) => name));
  for (const name of [
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "nodejs_eventloop_lag_p99_seconds",
    "nodejs_heap_size_used_bytes",
  ])
    expect(names).toContain(name);
  expect(parseExposition(`${await new Metrics(false).text()}\n`).samples).toEqual([]);
});
