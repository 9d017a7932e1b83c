import { appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

/** Appends one line of JSON to the file that TANDEM_TEST_REPORT names, or to one in the system's temporary folder. */
export function publish(report: ScenarioReport): void {
  const named = process.env.TANDEM_TEST_REPORT;
  const file = named === undefined || named === "" ? join(tmpdir(), "tandem-fault-report.jsonl") : named;
  appendFileSync(file, `${JSON.stringify(report)}\n`);
}

/** `F03, F08: a reset` is about F03 and F08. */
export function idsOf(name: string): string[] {
  return name.match(/\b[FB]\d{2}\b/g) ?? [];
}
