/**
 * Writes the table of scenarios into docs/reliability.md, from what the fault tests have published:
 * `TANDEM_TEST_REPORT=FILE make test`, then `node scripts/reliability.ts FILE`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { ScenarioReport } from "../test/fault/report.ts";

const BEGIN = "<!-- scenarios:begin -->";
const END = "<!-- scenarios:end -->";
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node scripts/reliability.ts FILE (see TANDEM_TEST_REPORT)");

const lines = readFileSync(file, "utf8").trim().split("\n");
const parsed = lines.map((line) => JSON.parse(line) as Partial<ScenarioReport>);
const scenarios = parsed.filter((one): one is ScenarioReport => one.writes !== undefined && one.name !== undefined);
const sum = (value: (one: ScenarioReport) => number) => scenarios.reduce((total, one) => total + value(one), 0);
const struck = ({ faults }: ScenarioReport) => Object.values(faults).reduce((total, count) => total + count, 0);
const longest = (value: (one: ScenarioReport) => number) => Math.max(...scenarios.map(value));
const seconds = (ms: number | undefined) => (ms === undefined ? "" : `${(ms / 1000).toFixed(1)} s`);
const survived = scenarios.filter(({ passed }) => passed).length;

const rows = scenarios.map((one) => {
  const { name, converged, writes, explained, passed } = one;
  const text = name.replaceAll("|", "/");
  return `| ${text} | ${struck(one)} | ${explained}/${writes} | ${seconds(converged)} | ${passed ? "yes" : "**no**"} |`;
});
const table = [
  `${survived} of ${scenarios.length} scenarios survived; ${sum(struck)} faults injected by proxies (kills and stops of processes besides);`,
  `${sum(({ explained }) => explained)} of ${sum(({ writes }) => writes)} status writes explained; ${sum(({ requests }) => requests)} requests and ${sum(({ events }) => events)} events passed;`,
  `event loop delay at most ${Math.round(1000 * longest(({ loopDelayP99 = 0 }) => loopDelayP99))} ms at p99, resident memory at most ${Math.round(longest(({ peakResidentMemory = 0 }) => peakResidentMemory) / 2 ** 20)} MiB.`,
  "",
  "| scenario | faults | writes explained | right after | survived |",
  "| --- | --- | --- | --- | --- |",
  ...rows,
].join("\n");

const page = new URL("../docs/reliability.md", import.meta.url);
const text = readFileSync(page, "utf8");
const [before = "", rest = ""] = text.split(BEGIN);
const [, after = ""] = rest.split(END);
writeFileSync(page, `${before}${BEGIN}\n${table}\n${END}${after}`);
