import { appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RigController } from "./controllers.ts";
import type { Explainer } from "./explain.ts";
import type { Figures } from "./probes.ts";

/** What one scenario did and found. Times in milliseconds, memory in bytes. */
export interface ScenarioReport {
  /** The rows of the catalogue (`F02`, `B11`) that its name begins with. */
  readonly ids: readonly string[];
  readonly name: string;
  readonly seeds: readonly number[];
  readonly passed: boolean;
  /** Milliseconds for all of it. */
  readonly took: number;
  /** How often a fault struck, by its type. */
  readonly faults: Readonly<Record<string, number>>;
  readonly controllers: number;
  readonly requests: number;
  readonly events: number;
  /** Status decisions that were committed. */
  readonly writes: number;
  /** Those that the reference resolver explains. */
  readonly explained: number;
  /** From the last call of `right` until every status was. Absent: it was not called. */
  readonly converged?: number;
  readonly peakResidentMemory?: number;
  readonly loopDelayP99?: number;
}

/** What a scenario has to report, of all its controllers, those that are gone too. */
export function reportOf(
  {
    converged,
    ...scenario
  }: Pick<ScenarioReport, "name" | "passed" | "took"> & { readonly converged: number | undefined },
  all: readonly RigController[],
  { explainer, figures }: { readonly explainer: Explainer | undefined; readonly figures: readonly Figures[] },
): ScenarioReport {
  const faults: Record<string, number> = {};
  let [requests, events] = [0, 0];
  for (const { proxy } of all) {
    for (const [type, count] of proxy?.plans.injected ?? []) faults[type] = (faults[type] ?? 0) + count;
    requests += proxy?.history.requestCount ?? 0;
    events += proxy?.history.eventCount ?? 0;
  }
  return {
    ...scenario,
    ids: idsOf(scenario.name),
    seeds: all.flatMap(({ proxy }) => proxy?.added.map(({ seed }) => seed) ?? []),
    faults,
    controllers: all.length,
    requests,
    events,
    writes: explainer?.written ?? 0,
    explained: explainer?.explained ?? 0,
    ...(converged !== undefined && { converged: Math.round(converged) }),
    peakResidentMemory: Math.max(0, ...figures.map(({ residentMemory = 0 }) => residentMemory)),
    loopDelayP99: Math.max(0, ...figures.map(({ loopDelayP99 = 0 }) => loopDelayP99)),
  };
}

/** Appends one line of JSON to the file that TANDEM_TEST_REPORT names, or to one in the system's temporary folder. */
export function publish(report: ScenarioReport): void {
  const named = process.env.TANDEM_TEST_REPORT;
  const file = named === undefined || named === "" ? join(tmpdir(), "tandem-fault-report.jsonl") : named;
  appendFileSync(file, `${JSON.stringify(report)}\n`);
}

/** `F03, F08: a reset` is about F03 and F08. */
function idsOf(name: string): string[] {
  return name.match(/\b[FB]\d{2}\b/g) ?? [];
}
